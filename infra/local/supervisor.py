"""What `make run` does: everything started in order, watched, started again when it ends, and stopped in order."""

import time
from collections.abc import Callable

from infra.local import install
from infra.local.children import Child, stop_together
from infra.local.plan import SILA, Plan
from infra.local.ports import answers
from infra.local.problems import StartError
from infra.local.readiness import READY, readiness
from infra.local.steps import Steps
from infra.local.watching import Watch
from shared.parts import Process

READY_LIMIT_S = 180
# A part that ends this often before all are ready has a fault that another start will not mend.
_ENDS_TOO_OFTEN = 5
_GIVEN = (("SILA_DATABASE_URL", "database server", 5432), ("SILA_AMQP_URL", "broker", 5672))


class Supervisor:
    """Carries out a plan. `say` is given what the person at the terminal reads, a piece at a time."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan = plan
        self._steps = Steps(say)
        self._errands: list[Child] = []
        self._watch = Watch(self._steps.note)

    def start(self) -> None:
        """Start everything and wait until every part consumes. Raises StartError."""
        self._check_given_servers()
        self._launch_servers()
        self._make_keys()
        self._migrate()
        self._launch_parts()
        with self._steps.step("Every part ready"):
            self._await_parts()
        if self.plan.environment.get("SILA_DEMO", "yes") != "no":
            with self._steps.step("Demo data"):
                self._finish(self._sila("seed", "--families", "0"))
            self._sila("seed")  # the two thousand families for notices come while the person looks around
        if install.SPEAKER.is_there():
            self._sila("prompts", "make", "--folder", str(self.plan.folder / "voice"))

    def keep(self) -> None:
        """Start again whatever ends, until an exception (the person's Ctrl-C) ends this."""
        while True:
            self._watch.look()

    def stop(self) -> None:
        """Stop what was started, and nothing else: the parts, then what they stand on. Takes under a minute."""
        plan = self.plan
        stop_together([*self._errands, *plan.parts])
        stop_together([plan.simulator] if plan.simulator else [])
        servers = [plan.node.broker] if plan.node else []
        stop_together([*servers, *([plan.postgres.child] if plan.postgres else [])])
        stop_together([plan.node.epmd] if plan.node else [])

    def _check_given_servers(self) -> None:
        for variable, what, usual_port in _GIVEN:
            url = self.plan.environment.get(variable)
            if url and not answers(url, usual_port):
                raise StartError(f"No {what} answers at the address that {variable} names.")

    def _launch_servers(self) -> None:
        """The broker takes longest: it starts first and is waited for last."""
        plan = self.plan
        if plan.node:
            plan.node.launch()
            plan.environment["SILA_AMQP_URL"] = plan.node.url()
            self._watch.add(plan.node.epmd, plan.node.launch_epmd, is_running=True)
            self._watch.add(plan.node.broker, plan.node.launch, is_running=True)
        if plan.postgres:
            with self._steps.step(f"PostgreSQL on port {plan.postgres.port}"):
                plan.postgres.start()
            plan.environment["SILA_DATABASE_URL"] = plan.postgres.url
            self._watch.add(plan.postgres.child, plan.postgres.launch, is_running=True)

    def _make_keys(self) -> None:
        keys = self.plan.folder / "keys.json"
        if self.plan.environment["SILA_KEYS"] == str(keys) and not keys.exists():
            with self._steps.step("Keys"):
                self._finish(self._sila("keys", "generate", str(keys)))

    def _migrate(self) -> None:
        """Bring the schemas to their heads while the broker still starts; the queues follow once it answers.

        Meanwhile each process gets its own key file.
        """
        split = self._sila("keys", "split", self.plan.environment["SILA_KEYS"], str(self.plan.split_keys))
        migration = self._sila("migrate", SILA_AMQP_URL=patient(self.plan.environment["SILA_AMQP_URL"]))
        if self.plan.node:
            with self._steps.step(f"RabbitMQ on port {self.plan.node.ports.amqp}"):
                self.plan.node.await_ready()
        with self._steps.step("Schemas, exchanges and queues"):
            self._finish(split)
            self._finish(migration)

    def _launch_parts(self) -> None:
        """Start the carrier and every part, each with what it alone may know."""
        if self.plan.simulator:
            self.plan.simulator.environment = self.plan.environment_of_simulator()
            self._watch.add(self.plan.simulator)
        for process, child in zip(Process, self.plan.parts, strict=True):
            child.environment = self.plan.environment_of(process)
            self._watch.add(child)

    def _await_parts(self) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        while (answer := readiness(self.plan.base_url)) != READY:
            self._watch.look(limit_s=0.2)
            for watched in self._watch.watched:
                if watched.ends >= _ENDS_TOO_OFTEN:
                    child = watched.child
                    raise StartError(f"{child.name} keeps ending: {child.last_lines(1)} (all of it: {child.log})")
            if time.monotonic() > deadline:
                raise StartError(f"After {READY_LIMIT_S} s {answer}. The logs are in {self.plan.folder / 'log'}.")

    def _sila(self, *words: str, **variables: str) -> Child:
        """Start a command that has to succeed."""
        errand = self.plan.child(words[0], SILA, *words)
        errand.environment = self.plan.environment | variables
        errand.launch()
        self._errands.append(errand)
        return errand

    def _finish(self, errand: Child) -> None:
        """Wait until a command is done, and keep the others up meanwhile. Raises StartError when it failed."""
        while errand.is_running:
            self._watch.look(limit_s=0.5)
        errand.await_end()
        if errand.exit_code:
            said = errand.last_lines(1) or "it said nothing"
            raise StartError(f"`sila {errand.name}` failed: {said} (all of it: {errand.log})")


def patient(amqp_url: str) -> str:
    """The broker's address for one who waits a minute until it answers (pika's own parameters)."""
    return f"{amqp_url}{'&' if '?' in amqp_url else '?'}connection_attempts=240&retry_delay=0.25"

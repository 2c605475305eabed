"""P7: what a process costs while nothing happens: its memory, and the time until it is up."""

import time
from collections.abc import Callable, Mapping

import psutil

from tests.bench.earnest import answers, environment, started
from tests.bench.figures import ROUNDS, Figure, Goal, Repeats
from tests.bench.ground import Ground, await_that

SETTLING_S = 1.0
MB = 1024 * 1024


def measure(ground: Ground) -> list[Figure]:
    """A service's memory, and how soon it and the portal are up."""
    variables = environment(ground)
    for process in ("gateway", "portal"):  # compiles their modules
        _start(process, variables, lambda: _is_read(ground) or answers(f"{variables['SILA_BASE_URL']}/healthz"))
    memory: Repeats = {"ours": [], "limit": []}
    times: Repeats = {"ours": []}
    portal: Repeats = {"ours": []}
    for _ in range(ROUNDS):
        seconds, megabytes = _start("gateway", variables, lambda: _is_read(ground))
        times["ours"].append(seconds)
        memory["ours"].append(megabytes)
        memory["limit"].append(_bare(variables))
        portal["ours"].append(_start("portal", variables, lambda: answers(f"{variables['SILA_BASE_URL']}/healthz"))[0])
    up = "From the start of the process until it"
    return [
        Figure(
            "P7", "An idle service's memory (gateway, PSS)", "MB", Goal(value=100, less_is_better=True), memory,
            "Limit: Python that does nothing.",
        ),
        Figure(
            "P7/start", "A service is up (gateway)", "s", Goal(value=1, less_is_better=True), times,
            f"{up} reads its queues.",
        ),
        Figure(
            "P7/portal", "The portal is up", "s", Goal(value=0.7, less_is_better=True), portal,
            f"{up} answers /healthz.",
        ),
    ]  # fmt: skip


def _is_read(ground: Ground) -> bool:
    with ground.channel() as channel:
        return channel.queue_declare("gateway.send", passive=True).method.consumer_count > 0


def _start(name: str, variables: Mapping[str, str], is_up: Callable[[], bool]) -> tuple[float, float]:
    before = time.perf_counter()
    with started(("infra.runner", name), variables) as process:
        await_that(is_up)
        seconds = time.perf_counter() - before
        time.sleep(SETTLING_S)
        return seconds, _pss(process.pid)


def _bare(variables: Mapping[str, str]) -> float:
    with started(("http.server", "--bind", "127.0.0.1", "0"), variables) as process:
        time.sleep(SETTLING_S)
        return _pss(process.pid)


def _pss(pid: int) -> float:
    """A process's share of memory, in MB; where the system does not tell it, its resident pages."""
    memory = psutil.Process(pid).memory_full_info()
    return getattr(memory, "pss", memory.rss) / MB

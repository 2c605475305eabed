"""A running carrier simulator and a small service for it to call, for tests."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from infra.local.ports import free_ports
from infra.simulator.behaviour import Behaviour
from tests.waiting import eventually

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "a-token-for-tests"
NUMBER = "+15005550006"
SERVICE = "MG" + "0123456789abcdef" * 2

PLAIN_BEHAVIOUR: dict[str, Any] = Behaviour(pace=0, out_of_order=0, repeated=0).model_dump()


@dataclass
class Simulator:
    """A simulator process: its client, its control API, and its life and death."""

    directory: Path
    base_url: str
    options: tuple[str, ...]
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
            "SILA_TWILIO_NUMBER": NUMBER,
            "SILA_BASE_URL": self.base_url,
            "SILA_ENVIRONMENT": "test",
        }
        command = [sys.executable, "-m", "infra.simulator", "--port", str(self.port)]
        command += ["--directory", str(self.directory), "--demo", str(self.directory / "demo.json")]
        self.process = subprocess.Popen([*command, *self.options], env=environment)
        eventually(self._answers, limit_s=90)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the simulator ended"
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it like `kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def client(self, token: str = TOKEN) -> Client:
        """The real Twilio client, pointed here."""
        client = Client(ACCOUNT, token)
        client.api.base_url = self.url
        return client

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path).raise_for_status().json()

    def put(self, path: str, **values: Any) -> Any:
        return httpx.put(self.url + path, json=values).raise_for_status().json()

    def post(self, path: str, **values: Any) -> Any:
        return httpx.post(self.url + path, json=values, timeout=60).raise_for_status().json()

    def reset(self) -> None:
        """Empty phones, no faults, everything at once and in order."""
        httpx.delete(f"{self.url}/simulator/phones").raise_for_status()
        self.put("/simulator/faults")
        self.put("/simulator/behaviour", **PLAIN_BEHAVIOUR)

    def phone(self, number: str) -> list[dict[str, Any]]:
        """A phone's texts."""
        return self.get(f"/simulator/phones/{number}")["texts"]

    def exported(self) -> list[dict[str, Any]]:
        lines = httpx.get(f"{self.url}/simulator/messages.jsonl").raise_for_status().text.splitlines()
        return [json.loads(line) for line in lines]


@contextmanager
def running_simulator(directory: Path, base_url: str = "http://127.0.0.1:9", *options: str) -> Iterator[Simulator]:
    simulator = Simulator(directory, base_url, options)
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()


@dataclass
class Call:
    """One webhook call: what it said and whether its signature holds."""

    path: str
    query: str
    fields: dict[str, str]
    is_signed: bool


class Receiver:
    """A service that records each webhook and answers what it was told to, path by path."""

    def __init__(self) -> None:
        [self.port] = free_ports(1)
        self.calls: list[Call] = []
        self._answers: dict[str, list[Response]] = {}
        app = Starlette(routes=[Route("/{path:path}", self._receive, methods=["GET", "POST"])])
        config = uvicorn.Config(app, port=self.port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, *answers: str | int) -> None:
        """What to answer next at a path: TwiML, or a bare status. The last one stays."""
        self._answers[path] = [
            Response(a, media_type="text/xml") if isinstance(a, str) else Response(status_code=a) for a in answers
        ]

    def reset(self) -> None:
        """As if nobody had called or set an answer."""
        self.calls.clear()
        self._answers.clear()

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def _receive(self, request: Request) -> Response:
        body = (await request.body()).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        url = f"{self.url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get("x-twilio-signature", "")
        is_signed = RequestValidator(TOKEN).validate(url, fields, signature)
        self.calls.append(Call(request.url.path, request.url.query, fields, is_signed))
        answers = self._answers.get(request.url.path, [])
        if not answers:
            return Response("<Response/>", media_type="text/xml")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def __enter__(self) -> "Receiver":
        self._thread.start()
        eventually(lambda: self._server.started)
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=60)


def all_at_once(calls: list[Callable[[], Any]], at_a_time: int = 16) -> list[Any]:
    """Run blocking calls side by side and return what they return, in order."""

    async def run() -> list[Any]:
        limit = asyncio.Semaphore(at_a_time)

        async def one(call: Callable[[], Any]) -> Any:
            async with limit:
                return await asyncio.to_thread(call)

        return await asyncio.gather(*(one(call) for call in calls))

    return asyncio.run(run())

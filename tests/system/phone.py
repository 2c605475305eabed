"""A family's phone, at the carrier: what it received, texts from it, calls by keypad."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from portal.phone.voice.wording import texts_of
from tests.waiting import eventually

ARABIC = re.compile(r"[\u0600-\u06ff]")


@dataclass(frozen=True)
class Call:
    """A call from a phone."""

    carrier: str
    sid: str
    heard: str
    is_over: bool
    awaits_keys: bool
    direction: str = "inbound"

    def press(self, digits: str) -> "Call":
        """Press keys; the call goes on until keys are asked for again, or it is over."""
        answer = httpx.post(f"{self.carrier}/simulator/calls/{self.sid}/digits", json={"digits": digits}, timeout=30)
        return _call(self.carrier, answer.raise_for_status().json())


def _call(carrier: str, view: dict[str, Any]) -> Call:
    said = "\n".join(filter(None, map(_words, view["transcript"])))
    is_over = view["status"] in {"completed", "busy", "no-answer", "failed", "canceled"}
    return Call(carrier, view["sid"], said, is_over, bool(view["awaits_digits"]), view["direction"])


def _words(entry: dict[str, Any]) -> str:
    """What was said; of a recording, the words that it is of."""
    if entry["event"] == "play":
        _, lang, prompt = urlsplit(entry["url"]).path.strip("/").split("/")
        return texts_of(lang)[prompt.removesuffix(".wav")]
    return str(entry.get("text", ""))


class Phone:
    """A phone with a number."""

    def __init__(self, carrier: str, number: str) -> None:
        self._carrier, self.number = carrier, number

    def texts(self) -> list[str]:
        """The texts that it received, oldest first."""
        answer = httpx.get(f"{self._carrier}/simulator/phones/{self.number}", timeout=30)
        return [t["body"] for t in answer.raise_for_status().json()["texts"] if t["direction"] == "to_phone"]

    def write(self, body: str) -> str:
        """Send a text to the service. Returns the carrier's id of it."""
        answer = httpx.post(f"{self._carrier}/simulator/phones/{self.number}/texts", json={"body": body}, timeout=30)
        taken = answer.raise_for_status().json()
        assert taken["webhook_status"] == 200
        return taken["sid"]

    def ask(self, body: str, limit_s: float = 5) -> str:
        """Send a text and get its answer."""
        before = len(self.texts())
        self.write(body)
        return self.next_text(before, limit_s)

    def next_text(self, before: int, limit_s: float = 5) -> str:
        """The text that arrives after the first `before` ones."""
        return eventually(lambda: self.texts()[before:], limit_s, "a text to arrive")[0]

    def code(self, before: int, limit_s: float = 10) -> str:
        """The one-time code that arrives after the first `before` texts."""

        def look() -> str | None:
            codes = [c for text in self.texts()[before:] for c in [_code_in(text)] if c]
            return codes[-1] if codes else None

        return eventually(look, limit_s, "a one-time code to arrive") or ""

    def call(self, *, missed: bool = False) -> Call:
        """Call the service, or its number for missed calls."""
        to = f"{self._carrier}/simulator/phones/{self.number}/calls"
        answer = httpx.post(to, json={"missed": missed}, timeout=30)
        return _call(self._carrier, answer.raise_for_status().json())

    def pick_up(self, limit_s: float = 15, by: str = "human") -> Call:
        """Answer the phone as soon as it rings."""

        def ringing() -> str | None:
            shown = httpx.get(f"{self._carrier}/simulator/phones/{self.number}", timeout=30).raise_for_status().json()
            return next((c["sid"] for c in shown["calls"] if c["status"] == "ringing"), None)

        sid = eventually(ringing, limit_s, "the phone to ring")
        answer = httpx.post(f"{self._carrier}/simulator/calls/{sid}/answer", json={"answered_by": by}, timeout=30)
        return _call(self._carrier, answer.raise_for_status().json())


def _code_in(text: str) -> str | None:
    found = re.search(r"(?<!\d)(\d{6}|\d{3}[ -]\d{3})(?!\d)", text)
    return re.sub(r"\D", "", found[1]) if found else None

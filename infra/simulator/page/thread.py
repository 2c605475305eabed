"""A phone's screen: its texts and calls in the order in which its owner saw them."""

import time
from dataclasses import dataclass

from infra.simulator.carrier import Carrier
from infra.simulator.texts.text import Text
from infra.simulator.voice.call import Call

LONGEST_THREAD = 200


@dataclass(frozen=True)
class Bubble:
    """One thing on the screen: a text or a call."""

    at: float
    is_mine: bool
    text: Text | None = None
    call: Call | None = None

    @property
    def clock(self) -> str:
        """When, as a phone shows it: the time, and the day unless it is today."""
        return show_time(self.at)


def bubbles_of(carrier: Carrier, number: str) -> list[Bubble]:
    """The latest texts and calls of a phone, oldest first."""
    texts = [
        Bubble(text.created_at, text.is_inbound, text=text)
        for text in carrier.shelf.of_phone(number)[-LONGEST_THREAD:]
        if text.was_shown
    ]
    calls = [Bubble(call.created_at, call.is_inbound, call=call) for call in carrier.calls.of_phone(number)]
    return sorted([*texts, *calls], key=lambda bubble: bubble.at)[-LONGEST_THREAD:]


def count_unseen(carrier: Carrier, number: str) -> tuple[int, int]:
    """How many texts are under way to a phone, and how many never reached it."""
    unseen = [text for text in carrier.shelf.of_phone(number)[-LONGEST_THREAD:] if not text.was_shown]
    under_way = sum(not text.is_final for text in unseen)
    return under_way, len(unseen) - under_way


def show_time(at: float) -> str:
    """`17:52`, or `24 Nov 17:52` on another day."""
    then = time.localtime(at)
    is_today = then[:3] == time.localtime()[:3]
    return time.strftime("%H:%M" if is_today else "%d %b %H:%M", then)

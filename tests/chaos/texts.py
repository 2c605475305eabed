"""Texts, reconciled: what each phone is owed, what the carrier's journal has, and what the house says of the rest."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.parts import Part
from shared.sealing import keys
from tests.chaos.asked import Asked
from tests.chaos.findings import Findings
from tests.chaos.ground import Ground

NOTICE, OTHER = "notice", "other"
Owed = Counter[tuple[str, str]]
"""Texts by phone and kind."""

INBOUND = "SELECT phone_index, count(*) FROM inbound_text GROUP BY phone_index"
ENDED = """
SELECT t.phone_index, CASE WHEN t.notice IS NULL THEN 'other' ELSE 'notice' END, t.state, count(*)
FROM outgoing_text t WHERE t.state <> 'handed_over' GROUP BY 1, 2, 3
"""
ACCOUNTED = ("expired", "refused", "unsettled")


@dataclass
class Journal:
    """What the carrier has accepted, by its own log on the disk."""

    received: Owed = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    """By the id of our text, from the callback's address."""
    inbound: dict[str, str] = field(default_factory=dict)
    """Texts from phones: id → phone."""
    days: set[str] = field(default_factory=set)
    """The days on which it accepted something."""


def read_journal(path: Path, token: str) -> Journal:
    """Read the carrier's log: what it answered for is on the disk, whatever it died of."""
    journal = Journal()
    with path.open() as lines:
        for line in lines:
            if text := json.loads(line).get("text"):
                _read_text(journal, text, token)
    return journal


def _read_text(journal: Journal, text: dict[str, Any], token: str) -> None:
    journal.days.add(f"{datetime.fromtimestamp(text['created_at'], UTC):%Y-%m-%d}")
    if text["direction"] == "inbound":
        journal.inbound[text["sid"]] = text["sender"]
        return
    kind = NOTICE if token in text["body"] else OTHER
    journal.received[text["to"], kind] += 1
    ours = parse_qs(urlsplit(text.get("callback", "")).query).get("text", ["unknown"])[0]
    journal.texts[ours] += 1


def owed_texts(asked: Asked, ground: Ground, phones: dict[str, str]) -> Owed:
    """What each phone is owed: the notice once, an answer to each text that its webhook took, a word on each wish."""
    owed: Owed = Counter({(family.phone, NOTICE): 1 for family in asked.families})
    owed.update({(phone, OTHER): count for phone, count in asked.other_texts.items()})
    for index, count in ground.rows(Part.PORTAL, INBOUND):
        owed[phones[index], OTHER] += count
    return owed


def phones_by_index(asked: Asked) -> dict[str, str]:
    """Every phone of the run by its blind index."""
    phones = {family.phone_index: family.phone for family in asked.families}
    return phones | {keys().phone_index(phone): phone for phone in asked.reports.values()}


def reconcile_texts(found: Findings, ground: Ground, asked: Asked, journal: Journal) -> None:
    """Every text that was asked for has left once, or its end is on record; nothing else has left."""
    phones = phones_by_index(asked)
    owed = owed_texts(asked, ground, phones)
    ended: dict[str, Owed] = {state: Counter() for state in ACCOUNTED}
    waiting: Owed = Counter()
    for index, kind, state, count in ground.rows(Part.GATEWAY, ENDED):
        ended.get(state, waiting)[phones.get(index, "a number that has changed"), kind] += count
    found.asked = owed.total()
    found.expired, found.refused, found.unsettled = (ended[state].total() for state in ACCOUNTED)
    found.notes += [f"unsettled: a text to {_short(phone)} ({kind})" for phone, kind in ended["unsettled"]]
    twice: list[str] = []
    for key in owed.keys() | journal.received.keys() | ended["refused"].keys() | ended["expired"].keys():
        ends = [ended[s][key] for s in ACCOUNTED]
        twice += _reconcile_one(found, key, owed[key], journal.received[key], ends, waiting[key])
    # The same seen by our own ids: a second text to a phone that lost another would hide in the count by phone.
    by_id = [f"our text {text} is at the carrier {count} times" for text, count in journal.texts.items() if count > 1]
    found.double(twice if len(twice) >= len(by_id) else by_id)


def _reconcile_one(
    found: Findings, key: tuple[str, str], owed: int, received: int, ended: list[int], waiting: int
) -> list[str]:
    """One phone's texts of one kind. Returns a line for each that was too many."""
    expired, refused, unsettled = ended
    what = f"{key[1]} to {_short(key[0])}: owed {owed}, at the carrier {received}"
    house = f"{expired} expired, {refused} refused, {unsettled} unsettled, {waiting} still waiting"
    missing = owed - received - expired - refused - unsettled
    # The carrier may have a text that the house calls unsettled: that is what the word means.
    found.handed_over_once += max(0, min(received, owed - expired - refused - unsettled))
    if missing > 0:
        found.lose([f"{what}; {house}"] * missing)
    if owed >= received > owed - expired - refused:
        found.differ([f"{what}; yet {house}"])
    return [f"{what}; {house}"] * max(0, received - owed)


def _short(phone: str) -> str:
    return f"…{phone[-4:]}"

"""Whoever watches what leaves this part learns nothing: not from a family's messages, nor from many families'."""

import json
import math
import re
from datetime import timedelta
from heapq import nsmallest
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from services.matching import call_desk
from shared.messaging.outbox import pending, write_at_commit
from shared.settings import settings
from tests.service.matching.builders import (
    Calendar,
    NobodyHeld,
    a_confirmed_match,
    a_family,
    a_round,
    a_sample,
    assign,
    meet,
    request_of,
)

OUTBOX = text(
    "SELECT exchange, routing_key, headers, encode(body, 'escape') AS body FROM outbox WHERE id > :after ORDER BY id"
)
WAITING = text("SELECT count(*) FROM due_message WHERE encode(body, 'escape') LIKE :reference")
SEALED = re.compile(r"\b1\.[\w=-]{40,}")
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)")


@pytest.fixture
def twins(db: Session) -> tuple[str, str]:
    """Two families that differ in nothing."""
    return a_family(db), a_family(db)


def written(db: Session) -> list[dict[str, Any]]:
    """The outbox rows that this transaction has written."""
    after = db.connection().execute(text("SELECT coalesce(max(id), 0) FROM outbox")).scalar_one()
    write_at_commit(db)
    return [dict(row) for row in db.connection().execute(OUTBOX, {"after": after}).mappings()]


def seen_of(rows: list[dict[str, Any]], reference: str) -> list[str]:
    """All that was written for a family, without its reference, ids and times; of what is sealed, how long it is."""
    own = [json.dumps(row, sort_keys=True) for row in rows if reference in json.dumps(row)]
    plain = [TIMES.sub("TIME", IDS.sub("ID", row.replace(reference, "REFERENCE"))) for row in own]
    return [SEALED.sub(lambda sealed: f"SEALED {len(sealed[0])}", row) for row in plain]


def test_twin_families_are_told_the_same_to_the_byte(db: Session, calendar: Calendar, twins: tuple[str, str]) -> None:
    routine, grave = twins
    barcodes = {family: a_sample(db, family) for family in twins}
    calendar.turn(days=settings().routine_contact_days[1])
    a_confirmed_match(db, barcodes[grave])
    a_round(db, calendar)
    for family in twins:
        assign(db, request_of(db, family).id)
    for family in twins:
        meet(db, request_of(db, family).id)

    rows = written(db)

    assert seen_of(rows, routine) == seen_of(rows, grave)
    assert [json.loads(r)["routing_key"] for r in seen_of(rows, grave)] == [
        "sample_state_changed",
        "contact_requested",
        "meeting_recorded",
    ]


def test_nothing_waits_under_a_familys_reference(db: Session, calendar: Calendar, twins: tuple[str, str]) -> None:
    """A due message for each routine contact would tell those who are asked without one."""
    routine, grave = twins
    a_confirmed_match(db, a_sample(db, grave))

    for family in (routine, grave):
        assert db.connection().execute(WAITING, {"reference": f"%{family}%"}).scalar_one() == 0


def test_the_call_desk_sees_twins_alike_at_every_step(db: Session, calendar: Calendar, twins: tuple[str, str]) -> None:
    routine, grave = twins
    calendar.turn(days=settings().routine_contact_days[1])
    a_confirmed_match(db, a_sample(db, grave))

    def pages() -> list[str]:
        db.flush()
        shown = [json.dumps([call_desk.call_desk(db, f, "mgd"), _queue(db, f)]) for f in (routine, grave)]
        return [IDS.sub("ID", s.replace(f, "REFERENCE")) for s, f in zip(shown, (routine, grave), strict=True)]

    steps = [
        lambda: None,
        lambda: a_round(db, calendar),
        lambda: [assign(db, request_of(db, f).id) for f in twins],
        lambda: [meet(db, request_of(db, f).id) for f in twins],
    ]
    for step in steps:
        step()
        one, other = pages()
        assert one == other


def _queue(db: Session, reference: str) -> list[dict[str, Any]]:
    rows = [r for s in ("requested", "assigned") for r in call_desk.contact_requests(db, "mgd", s)]
    return [r for r in rows if r["reference"] == reference]


# A watcher of the wire, and 1,000 families of which half are matched


FAMILIES = 1000
DAYS = 20


class FamiliesOverWeeks:
    """1,000 families, half of them matched on a random day, the others due for a routine contact on one."""

    def __init__(self, db: Session, calendar: Calendar) -> None:
        self.db, self.calendar, self.chance = db, calendar, Random(20261124)
        # A round shuffles what is sorted by reference: sorted here too, the seed alone decides every run.
        references = sorted(a_family(db) for _ in range(FAMILIES))
        self.chance.shuffle(references)
        half = FAMILIES // 2
        self.matched = {r: a_sample(db, r) for r in references[:half]}
        self.days = {r: self.chance.uniform(0, DAYS) for r in references}
        self._set_routine_days(references[half:])
        db.info["outbox"].clear()

    def _set_routine_days(self, references: list[str]) -> None:
        rows = [{"r": r, "at": self.calendar.at + timedelta(days=self.days[r])} for r in references]
        self.db.connection().execute(text("UPDATE family SET routine_contact_at = :at WHERE reference = :r"), rows)

    def watch(self) -> dict[str, tuple[float, ...]]:
        """Run the rounds; for each family what a watcher sees of it.

        That is: whether it came later than its round, its place there, sizes of body and headers, how many messages.
        """
        seen: dict[str, tuple[float, ...]] = {}
        for day in range(DAYS + 2):
            for reference, barcode in self.matched.items():
                if day <= self.days[reference] < day + 1:
                    a_confirmed_match(self.db, barcode)
            round_at = self.calendar.at + timedelta(days=1)
            a_round(self.db, self.calendar, self.chance)
            self._note(seen, round_at.isoformat())
        return seen

    def _note(self, seen: dict[str, tuple[float, ...]], round_at: str) -> None:
        rows = [(json.loads(r.body), json.loads(r.headers), r) for r in pending(self.db)]
        for place, (body, headers, row) in enumerate(rows):
            reference, many = body["reference"], sum(b["reference"] == body["reference"] for b, _, _ in rows)
            assert reference not in seen
            late = 0.0 if headers["at"] == round_at else 1.0
            seen[reference] = (late, (place + 0.5) / len(rows), len(row.body), len(row.headers), many)
        pending(self.db).clear()


def test_a_watcher_cannot_tell_matched_families_from_others(db: Session, calendar: Calendar) -> None:
    families = FamiliesOverWeeks(db, calendar)

    seen = families.watch()

    assert len(seen) == FAMILIES
    for feature in range(5):
        values = [(v[feature], r in families.matched) for r, v in seen.items()]
        assert abs(advantage(values)) < bound_of_advantage(FAMILIES // 2), f"feature {feature} tells"
    assert accuracy(seen, set(families.matched), Random(1)) < 0.5 + 3 * math.sqrt(0.25 / (FAMILIES / 2))


def advantage(values: list[tuple[float, bool]]) -> float:
    """How much more often than not a matched family's value is the larger one (Mann-Whitney): 0 is chance."""
    matched = [v for v, is_matched in values if is_matched]
    others = [v for v, is_matched in values if not is_matched]
    wins = sum((a > b) + 0.5 * (a == b) for a in matched for b in others)
    return wins / (len(matched) * len(others)) - 0.5


def bound_of_advantage(n: int) -> float:
    """Three standard deviations of `advantage` by chance, with n in each group."""
    return 3 * math.sqrt((2 * n + 1) / (12 * n * n))


def accuracy(seen: dict[str, tuple[float, ...]], matched: set[str], chance: Random) -> float:
    """How many of one half of the families the 15 nearest of the other half classify rightly."""
    references = sorted(seen)
    chance.shuffle(references)
    known, asked = references[: len(references) // 2], references[len(references) // 2 :]
    right = 0
    for reference in asked:
        nearest = nsmallest(15, known, key=lambda k: math.dist(seen[k], seen[reference]))
        right += (sum(k in matched for k in nearest) > 7) == (reference in matched)
    return right / len(asked)


def test_the_watcher_would_notice_if_matched_families_came_first(db: Session, calendar: Calendar) -> None:
    """The classifier is worth its name: it sees a round that is not shuffled but sorted by occasion."""

    class Sorted(NobodyHeld):
        def shuffle(self, x: Any) -> None:
            x.sort(key=lambda planned: planned[0].reference not in matched)

    families = [a_family(db) for _ in range(100)]
    matched = set(families[:50])
    for family in matched:
        a_confirmed_match(db, a_sample(db, family))
    calendar.turn(days=settings().routine_contact_days[1])
    db.info["outbox"].clear()
    a_round(db, calendar, Sorted())

    places = count()
    seen = {json.loads(r.body)["reference"]: (next(places) / 100,) for r in pending(db)}
    values = [(v[0], r in matched) for r, v in seen.items()]
    assert abs(advantage(values)) > bound_of_advantage(50)
    assert accuracy(seen, matched, Random(1)) > 0.9

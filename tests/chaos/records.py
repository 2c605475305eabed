"""Everything but texts, reconciled: reports, additions, texts that came in, bookings, callbacks, parked messages."""

from collections import Counter
from uuid import UUID, uuid5

from shared.parts import Part
from tests.chaos.asked import Asked
from tests.chaos.findings import Findings
from tests.chaos.ground import Ground
from tests.chaos.texts import Journal

PARKED = """
SELECT handler, error_type, sqlstate, frames, tries, message_id FROM failed_message WHERE state = 'parked' ORDER BY id
"""
STATEMENTS = "SELECT reference, count(*) FROM statement WHERE field = 'description' GROUP BY reference"
REPORTS = "SELECT reference FROM report"
STILL_ASKED = "SELECT command_id, kind FROM outcome WHERE state = 'asked' AND settled_by IS NOT NULL"
PASSED_ON = "SELECT carrier_id, status FROM delivery_seen"
RECORDED = "SELECT carrier_id, status FROM delivery_event"
TAKEN = "SELECT carrier_id FROM inbound_text"
KEPT = "SELECT carrier_id FROM incoming_text"
SESSIONS = "SELECT id, capacity, free FROM collection_session"
VISITS = "SELECT id, session, places, state FROM visit"
OUTCOMES = "SELECT command_id, state FROM outcome WHERE kind = 'book_visit'"


def reconcile_records(found: Findings, ground: Ground, asked: Asked, journal: Journal) -> None:
    """Whatever a door took is in the record, once."""
    _parked(found, ground)
    _reports(found, ground, asked)
    _additions(found, ground, asked)
    _inbound(found, ground, asked, journal)
    _outcomes(found, ground)
    _callbacks(found, ground)
    _bookings(found, ground, asked, journal)


def _parked(found: Findings, ground: Ground) -> None:
    for part in Part:
        rows = ground.rows(part, PARKED)
        found.park(
            f"{h}: {e} {s or ''} after {t} tries, message {m}\n    {f.replace(chr(10), ' < ')}"
            for h, e, s, f, t, m in rows
        )


def _reports(found: Findings, ground: Ground, asked: Asked) -> None:
    references = {reference for (reference,) in ground.rows(Part.REPORTS, REPORTS)}
    wanted = {f.reference for f in asked.families} | asked.reports.keys()
    found.lose(f"a report that the API took ({r[:4]}…)" for r in wanted - references)
    found.double(f"a report that nobody sent ({r[:4]}…)" for r in references - wanted)


def _additions(found: Findings, ground: Ground, asked: Asked) -> None:
    counted: dict[str, int] = dict(ground.rows(Part.REPORTS, STATEMENTS))
    for reference in asked.additions.keys() | counted.keys():
        wanted, there = asked.additions[reference], counted.get(reference, 0)
        line = f"additions to one file ({reference[:4]}…): {wanted} asked, {there} in the record"
        found.lose([line] * (wanted - there))
        found.double([line] * (there - wanted))


def _inbound(found: Findings, ground: Ground, asked: Asked, journal: Journal) -> None:
    taken = {c for (c,) in ground.rows(Part.PORTAL, TAKEN)}
    kept = {c for (c,) in ground.rows(Part.GATEWAY, KEPT)}
    found.lose(
        f"a text from a phone, taken by the webhook and not on record ({c})" for c in asked.inbound.keys() - taken
    )
    found.lose(f"a text from a phone, at the portal and not at the gateway ({c})" for c in taken - kept)
    found.double(f"a text that no phone has sent ({c})" for c in (taken | kept) - journal.inbound.keys())


def _outcomes(found: Findings, ground: Ground) -> None:
    found.lose(
        f"a {kind} whose outcome never came ({command})" for command, kind in ground.rows(Part.PORTAL, STILL_ASKED)
    )


def _callbacks(found: Findings, ground: Ground) -> None:
    passed_on = set(ground.rows(Part.PORTAL, PASSED_ON))
    recorded = set(ground.rows(Part.GATEWAY, RECORDED))
    found.lose(f"a callback, taken at the door and not at the gateway ({c}, {s})" for c, s in passed_on - recorded)


def _bookings(found: Findings, ground: Ground, asked: Asked, journal: Journal) -> None:
    visits = ground.rows(Part.APPOINTMENTS, VISITS)
    promised, booked = Counter[UUID](), Counter[UUID]()
    for visit, session, places, state in visits:
        if state == "booked":
            booked[session] += places
        if _was_told(journal, visit, "appointment", 1) and not _was_told(journal, visit, "cancelled", 2):
            promised[session] += places
    for session, capacity, free in ground.rows(Part.APPOINTMENTS, SESSIONS):
        line = f"session {session}: {capacity} places, {booked[session]} booked, {promised[session]} told, {free} free"
        found.oversell([line] * (booked[session] > capacity or promised[session] > capacity))
        found.differ([line] * (capacity - booked[session] != free or (promised[session] != booked[session])))
    _outcomes_of_bookings(found, ground, asked, {v for v, *_ in visits})


def _was_told(journal: Journal, visit: UUID, template: str, version: int) -> bool:
    """Whether the carrier has the text that says so: its id is made of the visit, its version and the day."""
    return any(str(uuid5(visit, f"{template}:{version}:{day}")) in journal.texts for day in journal.days)


def _outcomes_of_bookings(found: Findings, ground: Ground, asked: Asked, visits: set[UUID]) -> None:
    outcomes: dict[UUID, str] = dict(ground.rows(Part.PORTAL, OUTCOMES))
    for booking in asked.bookings:
        state, is_there = outcomes.get(booking.command, "unknown"), booking.visit in visits
        if is_there != (state == "done"):
            found.differ([f"a booking that the portal calls {state} is {'' if is_there else 'not '}in appointments"])

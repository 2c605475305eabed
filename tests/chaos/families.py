"""The families of a run, brought into the record the real way: AcceptReport through the portal's outbox."""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

from infra.demo.audience import families as demo_families
from infra.demo.cases import DemoCase
from infra.demo.institutions import INSTITUTIONS
from infra.demo.places import demo_id
from portal import accounts
from shared.database import utc_now
from shared.messages.model import Lane, Message, seal_content
from shared.messages.reports import AcceptReport, ContactDetails
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.parts import Part
from shared.references import new_reference
from shared.sealing import keys
from tests.actors import key_of
from tests.chaos.asked import Asked, Family
from tests.chaos.ground import Ground

AT_ONCE = 500
ARRIVED = "SELECT count(*) FROM family_file"
TOLD = "SELECT count(*) FROM audience_member WHERE may_be_told"
ADDRESSED = "SELECT count(*) FROM contact"
ALLOCATE = """
INSERT INTO reference_allocation (reference, institution) SELECT * FROM unnest(%s::text[], %s::text[])
ON CONFLICT DO NOTHING RETURNING reference
"""


def seed(ground: Ground, asked: Asked, count: int) -> str:
    """Bring so many families into the record, and wait until every part knows them. Returns a key for the API."""
    with ground.database(Part.PORTAL) as db:
        for institution, name in INSTITUTIONS.items():
            accounts.put_institution(db, institution, name)
        api_key = accounts.add_api_key(db, "police")
        for some in _in_groups(demo_families(count)):
            _accept(db, asked, some)
            ground.tend(0)
    limit_s = 120 + count / 10
    for part, query in ((Part.PORTAL, ARRIVED), (Part.OUTREACH, TOLD), (Part.GATEWAY, ADDRESSED)):
        _await_count(ground, part, query, count, limit_s)
    return api_key


def _in_groups(cases: Iterator[DemoCase]) -> Iterator[list[DemoCase]]:
    while some := list(itertools.islice(cases, AT_ONCE)):
        yield some


def _accept(db: Any, asked: Asked, cases: list[DemoCase]) -> None:
    """Some families in one transaction, as an import writes them."""
    with db.transaction():
        accepted = [(_family(reference, case), case) for reference, case in _drawn(db, cases)]
        commands: list[Message] = [_command(family, case) for family, case in accepted]
        rows = [outbox_row(command, utc_now(), lane=Lane.BULK) for command in commands]
        db.execute(WRITE, write_parameters(rows))
    asked.families.extend(family for family, _ in accepted)


def _drawn(db: Any, cases: Sequence[DemoCase]) -> Iterator[tuple[str, DemoCase]]:
    """Each case with a reference. Of 100,000, two are the same in four runs of ten: those are drawn again."""
    while cases:
        wanted = {new_reference(): case for case in cases}
        institutions = [case.institution for case in wanted.values()]
        free = {row[0] for row in db.execute(ALLOCATE, (list(wanted), institutions)).fetchall()}
        yield from ((reference, case) for reference, case in wanted.items() if reference in free)
        given = {id(case) for reference, case in wanted.items() if reference in free}
        cases = [case for case in cases if id(case) not in given]


def _family(reference: str, case: DemoCase) -> Family:
    return Family(reference, demo_id(f"contact:{reference}"), case.phone, keys().phone_index(case.phone))


def _command(family: Family, case: DemoCase) -> AcceptReport:
    details = ContactDetails(
        contact=family.contact,
        phone=keys().seal_for_gateway(family.phone),
        phone_index=family.phone_index,
        is_verified=True,
        language=case.language,
        is_demo=True,
    )
    content = seal_content(case.content(), family.reference)
    return AcceptReport(
        actor=key_of(case.institution), reference=family.reference, content=content, contact=details, channel="import"
    )


def _await_count(ground: Ground, part: Part, query: str, count: int, limit_s: float) -> None:
    ends = time.monotonic() + limit_s
    while (found := ground.rows(part, query)[0][0]) < count:
        ground.tend(0.5)
        if time.monotonic() > ends:
            raise TimeoutError(f"{found} of {count} families are known to {part} after {limit_s:.0f} s")

"""What a story at the console begins with: reports in the record, samples in custody, families who were asked."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.matching import releasing
from shared.database import open_session, utc_now
from shared.messages.matching import RoundDue
from shared.parts import Part
from shared.references import parse_reference
from tests.actors import staff_of
from tests.service.portal.families import eventually
from tests.service.portal.staff.people import Page, Person, said, values_of

A_REPORT = {
    "given": "سالم",
    "father": "خضر",
    "grandfather": "الياس",
    "mother": "نازي مراد",
    "sex": "male",
    "birth_year": "١٩٨٨",
    "event": "SINJAR",
    "event_year": "2014",
    "governorate": "IQ-NI",
    "place": "سنجار",
    "reporter_name": "ريزان خضر",
    "relation": "brother",
    "phone": "0770 123 4567",
    "phone_verified": "yes",
    "language": "ar",
    "channel": "sms",
    "detail": "neutral",
    "came_by": "desk",
    "consent_keep": "yes",
    "consent_contact": "sms",
}


def enter_report(intake: Person, **state: str) -> str:
    """A report that was taken at the desk. Returns its reference."""
    page = intake.submit(intake.get("/staff/reports/new"), "/staff/reports/new", **(A_REPORT | state))
    assert "in the central record" in said(page), said(page)
    return reference_on(page)


def reference_on(page: Page) -> str:
    """The reference that a receipt shows."""
    shown = page.text.partition('id="reference">')[2].partition("<")[0]
    return parse_reference(shown)


def open_site(database: Callable[[Part], sa.Engine]) -> UUID:
    """A site in the appointments' own database."""
    from services.appointments.sites import open_site as open_one
    from shared.messages.appointments import OpenSite

    site = uuid4()
    with open_session(database(Part.APPOINTMENTS)) as db:
        open_one(
            db,
            OpenSite(
                actor=staff_of("mld"), site=site, name={"en": "Mosul centre", "ar": "مركز الموصل"}, governorate="IQ-NI"
            ),
        )
        db.commit()
    return site


def register_sample(staff: Person, site: UUID, barcode: str, /, *references: str, **state: str) -> Page:
    """A sample, as its staff registers it."""
    usual = {
        "barcode": barcode,
        "specimen": "blood_card",
        "site": str(site),
        "day": f"{utc_now() - timedelta(days=1):%Y-%m-%d}",
        "clock": "10:00",
        "donor_name": "ريزان خضر",
        "relation": "brother",
        "biological": "yes",
        "references": "\n".join(references),
    }
    return staff.submit(staff.get("/staff/samples"), "/staff/samples", **(usual | state))


def hand_in_match(laboratory: Person, *donors: str, number: str = "L-1") -> Page:
    """A match report, as a laboratory hands it in."""
    return laboratory.submit(
        laboratory.get("/staff/laboratory"),
        "/staff/laboratory",
        kind="match",
        laboratory_number=number,
        remains_barcode="BONE-0001",
        donor_barcodes=" ".join(donors),
        posterior="0.99999",
        signed_by="د. كريم",
        signed_day="2026-11-01",
        signed_clock="10:00",
    )


def open_review(reviewer: Person, reason: str = "I look at it") -> Page:
    """The only report to review, opened by a reviewer."""
    assert eventually(lambda: values_of(reviewer.get("/staff/matches"), "item"))
    page = reviewer.get("/staff/matches")
    (item,) = values_of(page, "item")
    return reviewer.submit(page, "/staff/matches", item=item, reason=reason)


def give_opinion(reviewer: Person, page: Page, decision: str = "confirm") -> Page:
    """An opinion on the report that is open."""
    return reviewer.submit(page, page.url.path, decision=decision, opinion="I compared the pedigree")


def send_round(database: Callable[[Part], sa.Engine]) -> None:
    """The round in which every family that is planned is asked."""

    class Nobody(Random):
        def random(self) -> float:
            return 0.999

    with open_session(database(Part.MATCHING)) as db:
        releasing.release_round(db, RoundDue(round_at=utc_now()), Nobody())
        db.commit()


def find_caller(desk: Person, reference: str) -> Page:
    """The caller's page, not verified yet."""
    page = desk.get("/staff/desk")
    return desk.submit(page, "/staff/desk", reference=reference, reason="The family calls")


def verify_caller(desk: Person, page: Page) -> Page:
    """The caller answered two questions rightly."""
    return desk.submit(page, f"{page.url.path}/verified", checks=["person", "mother"])

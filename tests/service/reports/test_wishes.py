"""What a family wishes, whom it trusts, and whose sample would help: told alike for every family."""

import pytest
from sqlmodel import Session, col, select

from services.reports.consent import set_consent
from services.reports.contacts import PhoneIncomplete
from services.reports.files import FileClosed
from services.reports.reporting import add_to_report
from services.reports.resync import states
from services.reports.second_contacts import set_second_contact
from services.reports.status import on_meeting_recorded, withdraw_report
from services.reports.tables import Report, SecondContact, Wishes
from services.reports.wishes import set_wishes, wishes_of
from shared.database import now
from shared.messages.matching import ContactPerson, MeetingRecorded
from shared.messages.model import open_content, seal_content
from shared.messages.reports import (
    AddToReport,
    FamilyWishes,
    ReportChanged,
    SecondContactChanged,
    SetConsent,
    SetSecondContact,
    SetWishes,
    WishesChanged,
    WithdrawReport,
)
from shared.sealing import keys
from tests.actors import family_of, staff_of
from tests.service.reports.builders import STAFF, a_content, a_report, forget_told, told, verified


def wishing(report: Report, **wishes: str) -> SetWishes:
    sealed = seal_content(FamilyWishes.model_validate(wishes), report.reference)
    return SetWishes(actor=family_of(report.reference), reference=report.reference, wishes=sealed)


def test_that_a_family_wants_to_wait_is_part_of_its_files_state(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    set_wishes(db, wishing(report, when="not_yet", tell="خالي سعيد"))
    set_wishes(db, wishing(report, when="any_time"))

    assert [event.wants_to_wait for event in told(db, ReportChanged)] == [True, False]


def test_wishes_are_told_sealed_and_the_last_ones_count(db: Session) -> None:
    report = a_report(db)
    set_wishes(db, wishing(report, tell="خالي سعيد", where="البيت", by="woman"))
    set_wishes(db, wishing(report, tell="أختي هدى", further_remains="tell_when_complete"))

    first, second = told(db, WishesChanged)
    assert first.version < second.version
    assert "أختي" not in second.wishes
    assert open_content(second.wishes, FamilyWishes, report.reference).tell == "أختي هدى"
    counting = wishes_of(db, report.reference)
    assert counting is not None
    assert counting.further_remains == "tell_when_complete"
    kept = db.exec(select(Wishes).where(col(Wishes.reference) == report.reference)).all()
    assert len(kept) == 2


def test_a_second_contact_is_named_changed_and_taken_back(db: Session) -> None:
    report = a_report(db)
    number = "+9647709999999"
    named = {"phone": keys().seal_for_gateway(number), "phone_index": keys().phone_index(number)}
    by_family = {"actor": family_of(report.reference), "reference": report.reference}
    set_second_contact(db, SetSecondContact.model_validate({**by_family, **named}))
    set_second_contact(
        db, SetSecondContact(actor=staff_of("mgd", STAFF), reference=report.reference, verification=verified(now(db)))
    )

    named_first, taken_back = told(db, SecondContactChanged)
    assert (named_first.version, named_first.phone_index) == (1, keys().phone_index(number))
    assert (taken_back.version, taken_back.phone) == (2, None)
    assert number not in db.get_one(SecondContact, report.reference).model_dump_json()
    with pytest.raises(PhoneIncomplete):
        set_second_contact(db, SetSecondContact.model_validate({**by_family, "phone": named["phone"]}))


def test_a_closed_file_takes_no_wishes(db: Session) -> None:
    report = a_report(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    with pytest.raises(FileClosed):
        set_wishes(db, wishing(report))


def test_those_whose_sample_would_help_are_told_nearest_first(db: Session) -> None:
    relatives = [
        {"relation": "paternal_uncle"},
        {"relation": "wife"},
        {"relation": "father", "is_alive": False},
        {"relation": "mother", "is_willing_to_give_sample": True},
        {"relation": "son", "biological": "no"},
    ]
    report = a_report(db, relatives=relatives, reporter__relation="sister")

    assert told(db, ReportChanged)[-1].would_help == ["mother", "sister", "wife", "paternal_uncle"]
    forget_told(db)
    more = a_content(relatives=[{"relation": "daughter", "name": "هدى"}])
    add_to_report(
        db,
        AddToReport(
            actor=family_of(report.reference),
            reference=report.reference,
            content=seal_content(more, report.reference),
        ),
    )
    assert told(db, ReportChanged)[-1].would_help[:2] == ["mother", "daughter"]


def test_consents_that_name_nobody_are_part_of_the_state(db: Session) -> None:
    report = a_report(db, consent__publish=True)
    set_consent(
        db,
        SetConsent(
            actor=family_of(report.reference), reference=report.reference, purpose="compare_abroad", is_given=True
        ),
    )
    set_consent(
        db, SetConsent(actor=family_of(report.reference), reference=report.reference, purpose="publish", is_given=False)
    )

    given = [event.consent_also for event in told(db, ReportChanged)]
    assert given == [["publish"], ["compare_abroad", "publish"], ["compare_abroad"]]


def test_who_met_a_family_is_its_contact_person_from_then_on(db: Session) -> None:
    report = a_report(db)
    person = seal_content(ContactPerson(staff=STAFF), report.reference)
    met = MeetingRecorded(reference=report.reference, contact_request=STAFF, version=2, contact_person=person)
    on_meeting_recorded(db, met)

    last = told(db, ReportChanged)[-1]
    assert last.contact_person is not None
    assert open_content(last.contact_person, ContactPerson, report.reference).staff == STAFF
    assert last.status == "with_your_contact_person"


def test_resync_tells_wishes_and_second_contacts_again(db: Session) -> None:
    report = a_report(db)
    set_wishes(db, wishing(report, when="not_yet"))
    set_second_contact(db, SetSecondContact(actor=family_of(report.reference), reference=report.reference))
    db.flush()

    about = [event for event in states(db) if getattr(event, "reference", "") == report.reference]

    kinds = {type(event) for event in about}
    assert {WishesChanged, SecondContactChanged, ReportChanged} <= kinds

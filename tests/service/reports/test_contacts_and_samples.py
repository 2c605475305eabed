"""How a family is reached, which samples count for it, what it wishes."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from services.reports import people_reading
from services.reports.contacts import PhoneIncomplete, VerificationNeeded, set_contact
from services.reports.reading import read_report
from services.reports.samples import on_sample_collected, on_sample_state_changed
from services.reports.second_contacts import set_second_contact
from services.reports.status import on_contact_requested, set_status
from services.reports.tables import Phone, Report, Wishes
from services.reports.wishes import set_wishes, wishes_of
from shared.database import now
from shared.messages.appointments import SampleCollected
from shared.messages.gateway import Send, Template
from shared.messages.matching import ContactRequested, SampleStateChanged
from shared.messages.model import seal_content
from shared.messages.reports import (
    ContactChanged,
    FamilyWishes,
    PhoneNumber,
    ReportChanged,
    SetContact,
    SetSecondContact,
    SetStatus,
    SetWishes,
)
from shared.sealing import keys
from tests.actors import family_of, staff_of
from tests.service.reports.builders import PHONE, STAFF, a_report, forget_told, told, verified

OTHER_PHONE = "+9647809876543"


def changing(report: Report, **changes: object) -> SetContact:
    return SetContact.model_validate({"actor": family_of(report.reference), "reference": report.reference, **changes})


def a_new_number(report: Report, **changes: object) -> SetContact:
    return changing(
        report,
        phone=keys().seal_for_gateway(OTHER_PHONE),
        phone_index=keys().phone_index(OTHER_PHONE),
        phone_for_record=seal_content(PhoneNumber(number=OTHER_PHONE), report.reference),
        **changes,
    )


def a_sample(report: Report, *others: Report, relation: str = "sister", donor: UUID | None = None) -> SampleCollected:
    return SampleCollected.model_validate(
        {
            "sample": uuid4(),
            "version": 1,
            "donor": donor or uuid4(),
            "barcode": "IQ-000123",
            "references": [r.reference for r in (report, *others)],
            "relation": relation,
        }
    )


def test_language_and_detail_change_and_the_number_stays(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    set_contact(db, changing(report, language="ckb", detail="detailed"))
    (contact,), (state,) = told(db, ContactChanged), told(db, ReportChanged)
    assert (contact.version, contact.details.language, contact.details.is_verified) == (2, "ckb", True)
    assert contact.details.phone_index == keys().phone_index(PHONE)
    assert (state.language, state.detail) == ("ckb", "detailed")


def test_a_new_number_replaces_the_old_one_which_stays_on_record(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    set_contact(db, a_new_number(report, is_verified=True))
    phones = db.exec(select(Phone).order_by(col(Phone.until).nulls_last())).all()
    assert [phone.until is None for phone in phones] == [False, True]
    assert told(db, ContactChanged)[0].details.phone_index == keys().phone_index(OTHER_PHONE)
    assert read_report(db, report.reference, "mgd")["contact"]["phone"] == OTHER_PHONE
    (text,) = told(db, Send)
    assert (text.template, text.contact) == (Template.NUMBER_CHANGED, None), "the old number is told, without a name"
    assert keys().unseal_as_gateway(text.phone or "") == PHONE


def test_a_new_number_opens_nothing_at_once_unless_the_old_one_confirmed_it(db: Session) -> None:
    report, other = a_report(db), a_report(db)
    set_contact(db, a_new_number(report, is_verified=True))
    set_contact(db, a_new_number(other, is_verified=True, is_confirmed_by_old=True))

    waits, does_not = told(db, ContactChanged)[-2:]
    assert waits.details.logs_in_from == now(db) + timedelta(hours=48)
    assert does_not.details.logs_in_from is None


def test_the_phone_that_the_family_trusts_is_told_too(db: Session) -> None:
    report, trusted = a_report(db), "+9647709998888"
    named = {"phone": keys().seal_for_gateway(trusted), "phone_index": keys().phone_index(trusted)}
    said = {"actor": family_of(report.reference), "reference": report.reference, **named}
    set_second_contact(db, SetSecondContact.model_validate(said))
    forget_told(db)

    set_contact(db, a_new_number(report, is_verified=True))

    assert {keys().unseal_as_gateway(text.phone or "") for text in told(db, Send)} == {PHONE, trusted}


@pytest.mark.parametrize("ago_min", [None, 31, -2])
def test_a_desk_changes_no_number_that_it_has_not_just_verified(db: Session, ago_min: int | None) -> None:
    report = a_report(db)
    how = {} if ago_min is None else {"verification": verified(now(db) - timedelta(minutes=ago_min))}
    with pytest.raises(VerificationNeeded):
        set_contact(db, a_new_number(report, is_verified=True, actor=staff_of("mgd", STAFF), **how))


def test_a_new_number_that_is_not_verified_counts_for_nothing_and_is_asked_once(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    set_contact(db, a_new_number(report))
    set_contact(db, changing(report, language="en"))
    assert [text.template for text in told(db, Send)] == [Template.NUMBER_CHANGED, Template.CONFIRM_PHONE]
    assert told(db, ReportChanged)[-1].is_verified is False
    assert "confirm_phone" in told(db, ReportChanged)[-1].needs


def test_a_number_is_verified_later(db: Session) -> None:
    report = a_report(db, is_verified=False)
    set_contact(db, changing(report, is_verified=True, actor=staff_of("mgd", STAFF), verification=verified(now(db))))
    assert told(db, ContactChanged)[-1].details.is_verified
    assert "confirm_phone" not in told(db, ReportChanged)[-1].needs


def test_half_a_number_is_refused(db: Session) -> None:
    with pytest.raises(PhoneIncomplete):
        set_contact(db, changing(a_report(db), phone=keys().seal_for_gateway(OTHER_PHONE)))


def test_samples_move_a_registered_file_and_ask_for_what_is_missing(db: Session) -> None:
    report = a_report(db)
    set_status(db, SetStatus(actor=staff_of("mgd", STAFF), reference=report.reference, status="registered"))
    on_sample_collected(db, a_sample(report))
    assert (report.samples, report.status) == (1, "samples_needed")
    assert "more_samples" in told(db, ReportChanged)[-1].needs
    on_sample_collected(db, a_sample(report))
    on_sample_collected(db, a_sample(report))
    assert (report.samples, report.status) == (3, "samples_complete")


def test_one_sample_serves_several_missing_persons(db: Session) -> None:
    one, other = a_report(db), a_report(db, person__names=[{"raw": "عمر حسين محمد"}])
    on_sample_collected(db, a_sample(one, other))
    assert (one.samples, other.samples) == (1, 1)


def test_a_sample_told_twice_counts_once(db: Session) -> None:
    report = a_report(db)
    sample = a_sample(report)
    on_sample_collected(db, sample)
    forget_told(db)
    on_sample_collected(db, sample)
    assert report.samples == 1
    assert told(db, ReportChanged) == []


def test_a_sample_that_must_be_taken_again_does_not_count_in_whatever_order_it_is_heard(db: Session) -> None:
    report = a_report(db)
    sample = a_sample(report)
    repeat = SampleStateChanged(sample=sample.sample, version=2, references=[report.reference], state="repeat_needed")
    on_sample_state_changed(db, repeat)
    on_sample_collected(db, sample)
    assert report.samples == 0
    usable = repeat.model_copy(update={"version": 3, "state": "usable"})
    on_sample_state_changed(db, usable)
    on_sample_state_changed(db, repeat)
    assert report.samples == 1


def test_a_sample_leaves_the_word_that_asks_a_family_to_get_in_touch(db: Session) -> None:
    report = a_report(db)
    on_contact_requested(db, ContactRequested(reference=report.reference, contact_request=uuid4(), version=1))
    on_sample_collected(db, a_sample(report))
    assert (report.samples, report.status) == (1, "please_contact_us")


def test_a_donor_is_one_human_being_in_all_files_they_gave_for(db: Session) -> None:
    relatives = [{"relation": "mother", "name": "زينب كاظم"}, {"relation": "sister", "name": "فاطمة"}]
    one, other = a_report(db, relatives=relatives), a_report(db, relatives=relatives)
    donor = uuid4()
    on_sample_collected(db, a_sample(one, other, relation="mother", donor=donor))
    for report in (one, other):
        given = {p["relation"]: p["has_given_sample"] for p in people_reading.relatives(db, report.reference)}
        assert given == {"mother": True, "sister": False, "brother": False}


def test_the_last_wishes_count_and_the_earlier_stay_on_record(db: Session) -> None:
    report = a_report(db)
    for wishes in (FamilyWishes(tell="the eldest sister", by="woman"), FamilyWishes(when="not_yet")):
        set_wishes(
            db,
            SetWishes(
                actor=family_of(report.reference),
                reference=report.reference,
                wishes=seal_content(wishes, report.reference),
            ),
        )
    assert wishes_of(db, report.reference) == FamilyWishes(when="not_yet")
    rows = db.exec(select(Wishes).where(col(Wishes.reference) == report.reference)).all()
    assert [row.told_by for row in rows] == ["woman", "either"]
    assert all("eldest" not in row.model_dump_json() for row in rows)

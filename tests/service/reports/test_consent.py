"""Consent: what the last word on each thing is, and that it counts at once."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from services.reports.consent import RecipientClosed, RecipientNeeded, set_consent
from services.reports.files import FileClosed
from services.reports.handing_over import note_institution
from services.reports.reading import list_reports, read_report, visible_report
from services.reports.tables import Report
from shared.messages.reports import NoteInstitution, ReportChanged, SetConsent
from tests.actors import family_of, staff_of
from tests.service.reports.builders import a_report, forget_told, told


def consenting(report: Report, purpose: str, is_given: bool, recipient: str | None = None) -> SetConsent:
    return SetConsent.model_validate(
        {
            "actor": family_of(report.reference),
            "reference": report.reference,
            "purpose": purpose,
            "recipient": recipient,
            "is_given": is_given,
        }
    )


def test_what_was_agreed_when_reporting_counts(db: Session) -> None:
    report = a_report(db, consent__share=["police", "mhr"], consent__contact=["sms", "call"])
    (state,) = told(db, ReportChanged)
    assert (state.consent_share, state.consent_contact) == (["mhr", "police"], ["call", "sms"])
    words = read_report(db, report.reference, "mgd")["consents"]
    assert [(w["purpose"], w["recipient"]) for w in words][:2] == [("keep", None), ("share", "police")]
    assert all(w["text_version"] == "2026-11" for w in words)


def test_a_file_is_seen_by_those_it_is_shared_with_until_it_is_taken_back(db: Session) -> None:
    report = a_report(db)
    with pytest.raises(LookupError):
        visible_report(db, report.reference, "police")
    set_consent(db, consenting(report, "share", True, "police"))
    assert visible_report(db, report.reference, "police") is report
    assert [r["reference"] for r in list_reports(db, "police")] == [report.reference]
    set_consent(db, consenting(report, "share", False, "police"))
    assert list_reports(db, "police") == []


def test_taking_a_consent_back_leaves_its_words_on_record(db: Session) -> None:
    report = a_report(db, consent__share=["police"])
    set_consent(db, consenting(report, "share", False))
    words = [w for w in read_report(db, report.reference, "mgd")["consents"] if w["purpose"] == "share"]
    assert [(w["recipient"], w["is_given"]) for w in words] == [("police", True), (None, False)]


def test_no_word_on_consent_can_be_changed_or_removed(db: Session) -> None:
    a_report(db)
    db.flush()
    for change in ("UPDATE consent SET is_given = false", "DELETE FROM consent"):
        with pytest.raises(DBAPIError, match="only added"), db.begin_nested():
            db.connection().execute(sa.text(change))


def test_a_consent_that_changes_who_may_what_is_told_and_one_given_again_is_not(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    set_consent(db, consenting(report, "contact", True, "call"))
    set_consent(db, consenting(report, "contact", True, "call"))
    assert [state.consent_contact for state in told(db, ReportChanged)] == [["call", "sms"]]


def test_to_be_contacted_in_every_way_or_in_none(db: Session) -> None:
    report = a_report(db)
    set_consent(db, consenting(report, "contact", True))
    assert report.contact_by == ["call", "sms", "whatsapp"]
    set_consent(db, consenting(report, "contact", False))
    assert report.contact_by == []


def test_sharing_needs_somebody_to_share_with(db: Session) -> None:
    with pytest.raises(RecipientNeeded):
        set_consent(db, consenting(a_report(db), "share", True))


def test_nothing_is_shared_anew_with_an_institution_that_is_closed(db: Session) -> None:
    report = a_report(db)
    set_consent(db, consenting(report, "share", True, "police"))
    note_institution(
        db, NoteInstitution(closed="police", is_closed=True, actor=staff_of("ncc", national="administrator"))
    )
    with pytest.raises(RecipientClosed):
        set_consent(db, consenting(report, "share", True, "police"))
    set_consent(db, consenting(report, "share", False, "police"))
    assert report.shared_with == []


def test_taking_back_the_consent_to_keep_closes_the_file(db: Session) -> None:
    report = a_report(db)
    set_consent(db, consenting(report, "keep", False))
    assert (report.status, report.is_open) == ("closed_at_family_request", False)
    assert told(db, ReportChanged)[-1].consent_contact == []
    with pytest.raises(FileClosed):
        set_consent(db, consenting(report, "publish", True))

"""A file's status: who may move it where, what comes by events, and that another family's never moves with it."""

from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.reports.files import FileClosed
from services.reports.linking import decide_link
from services.reports.status import (
    StatusNotAllowed,
    may_follow,
    on_contact_requested,
    on_meeting_recorded,
    set_status,
    withdraw_report,
)
from services.reports.tables import Report
from shared.messages.gateway import Send, Template
from shared.messages.matching import ContactRequested, MeetingRecorded
from shared.messages.reports import DecideLink, ReportChanged, SetStatus, WithdrawReport
from tests.actors import family_of, staff_of
from tests.service.reports.builders import STAFF, THE_SAME_BY_POLICE, a_link, a_report, forget_told, told

WORK = [
    "being_checked",
    "registered",
    "more_information_needed",
    "samples_needed",
    "samples_complete",
    "search_continues",
]


def moving(report: Report, status: str) -> SetStatus:
    return SetStatus.model_validate(
        {"reference": report.reference, "status": status, "actor": staff_of(report.institution, STAFF)}
    )


def asked(report: Report, request: UUID, version: int = 1) -> ContactRequested:
    return ContactRequested(reference=report.reference, contact_request=request, version=version)


def met(report: Report, request: UUID, version: int = 2) -> MeetingRecorded:
    return MeetingRecorded(reference=report.reference, contact_request=request, version=version)


def test_an_officer_moves_a_file_on_and_its_timeline_grows(db: Session) -> None:
    report = a_report(db)
    for status in ("being_checked", "registered", "search_continues"):
        set_status(db, moving(report, status))
    last = told(db, ReportChanged)[-1]
    assert [step.status for step in last.timeline] == ["received", "being_checked", "registered", "search_continues"]
    assert last.version == 4


def test_the_status_it_has_already_is_no_step(db: Session) -> None:
    report = a_report(db)
    set_status(db, moving(report, "being_checked"))
    forget_told(db)
    set_status(db, moving(report, "being_checked"))
    assert told(db, ReportChanged) == []


@pytest.mark.parametrize("status", ["received", "please_contact_us", "with_your_contact_person", "samples_complete"])
def test_steps_that_are_not_an_officers_to_take_are_refused(db: Session, status: str) -> None:
    report = a_report(db)
    set_status(db, moving(report, "being_checked"))
    with pytest.raises(StatusNotAllowed):
        set_status(db, moving(report, status))


def test_more_information_needed_is_asked_for_on_the_family_page(db: Session) -> None:
    report = a_report(db)
    set_status(db, moving(report, "more_information_needed"))
    assert "more_information" in told(db, ReportChanged)[-1].needs


def test_a_request_to_get_in_touch_and_a_meeting_show_in_the_same_words_whatever_the_occasion(db: Session) -> None:
    report, request = a_report(db), uuid4()
    on_contact_requested(db, asked(report, request))
    assert report.status == "please_contact_us"
    on_meeting_recorded(db, met(report, request))
    assert report.status == "with_your_contact_person"


def test_whoever_is_asked_to_get_in_touch_is_texted_once_in_the_neutral_words(db: Session) -> None:
    report, request = a_report(db), uuid4()
    forget_told(db)
    for version in (1, 1, 2):
        on_contact_requested(db, asked(report, request, version))
    [text] = told(db, Send)
    assert (text.template, text.text_class, text.values) == (Template.CONTACT_US, "case", {"ref": report.reference})


def test_no_unverified_phone_is_asked_to_get_in_touch(db: Session) -> None:
    report = a_report(db, is_verified=False)
    forget_told(db)
    on_contact_requested(db, asked(report, uuid4()))
    assert told(db, Send) == []


def test_a_meeting_told_before_its_request_is_not_undone_by_it(db: Session) -> None:
    report, request = a_report(db), uuid4()
    on_meeting_recorded(db, met(report, request))
    on_contact_requested(db, asked(report, request))
    assert report.status == "with_your_contact_person"


def test_the_same_event_again_changes_nothing(db: Session) -> None:
    report, request = a_report(db), uuid4()
    on_contact_requested(db, asked(report, request))
    on_meeting_recorded(db, met(report, request))
    forget_told(db)
    on_meeting_recorded(db, met(report, request))
    on_contact_requested(db, asked(report, request))
    assert told(db, ReportChanged) == []


def test_no_officer_takes_back_what_asks_a_family_to_get_in_touch(db: Session) -> None:
    report = a_report(db)
    on_contact_requested(db, asked(report, uuid4()))
    with pytest.raises(StatusNotAllowed):
        set_status(db, moving(report, "search_continues"))


def test_one_familys_meeting_changes_no_linked_file(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    decide_link(db, DecideLink(actor=staff_of("mgd", STAFF, "link_reviewer"), link=link.id, decision="linked"))
    forget_told(db)
    request = uuid4()
    on_contact_requested(db, asked(one, request))
    on_meeting_recorded(db, met(one, request))
    assert (one.status, other.status) == ("with_your_contact_person", "received")
    assert {state.reference for state in told(db, ReportChanged)} == {one.reference}


def test_a_family_closes_its_file_once(db: Session) -> None:
    report = a_report(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    forget_told(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    assert told(db, ReportChanged) == []
    with pytest.raises(FileClosed):
        set_status(db, moving(report, "registered"))


def test_nothing_reaches_a_closed_file(db: Session) -> None:
    report = a_report(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    on_contact_requested(db, asked(report, uuid4()))
    assert report.status == "closed_at_family_request"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from([*WORK, "received", "please_contact_us", "closed_at_family_request"]), max_size=12)
)
def test_whatever_is_asked_a_file_only_takes_steps_that_may_follow(db: Session, steps: list[str]) -> None:
    report = a_report(db)
    taken = [report.status]
    for step in steps:
        try:
            set_status(db, moving(report, step))
        except StatusNotAllowed:
            continue
        if report.status != taken[-1]:
            taken.append(report.status)
    assert "received" not in taken[1:]
    assert all(may_follow(before, after) for before, after in pairwise(taken))  # pyright: ignore[reportArgumentType]

"""A report comes into the record, and more is said of it later."""

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from sqlmodel import Session, col, select

from services.reports import people_reading
from services.reports.files import FileClosed, ReportNotHere
from services.reports.reporting import accept_report, add_to_report
from services.reports.status import withdraw_report
from services.reports.tables import IdentityNumber, Person, Phone, Report, StatedDate, Statement, WrittenName
from shared.messages.gateway import Send, Template
from shared.messages.model import seal_content
from shared.messages.report_content import ReportAddition, ReportContent
from shared.messages.reports import AddToReport, ContactChanged, ReportAccepted, ReportChanged, WithdrawReport
from shared.messaging.refusal import Unretryable
from shared.ownership import NotYours
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.reports.builders import PHONE, STAFF, a_contact, a_content, a_report, accepting, forget_told, told


def adding(report: Report | str, content: ReportContent, institution: str = "mgd") -> AddToReport:
    reference = report if isinstance(report, str) else report.reference
    sealed = seal_content(content, reference)
    return AddToReport(actor=staff_of(institution, STAFF), reference=reference, content=sealed)


def test_an_accepted_report_opens_a_case_and_is_told_with_its_first_status(db: Session) -> None:
    command = accepting()
    accept_report(db, command)
    report = db.get_one(Report, command.reference)
    assert (report.status, report.case) == ("received", report.own_case)
    assert [event.reference for event in told(db, ReportAccepted)] == [command.reference]
    (state,) = told(db, ReportChanged)
    assert (state.version, state.status, [step.status for step in state.timeline]) == (1, "received", ["received"])
    assert (state.governorate, state.event, state.contact) == ("IQ-NI", "SINJAR", command.contact.contact)


def test_one_name_and_the_consent_to_keep_are_enough(db: Session) -> None:
    content = ReportContent.model_validate({"person": {"names": [{"raw": "علي"}]}, "consent": {"keep": True}})
    command = accepting(content, contact=a_contact(phone=None, is_verified=False))
    accept_report(db, command)
    (state,) = told(db, ReportChanged)
    assert (state.is_verified, state.consent_contact, state.needs) == (False, [], ["first_sample"])


def test_the_same_reference_again_is_confirmed_and_nothing_is_written_twice(db: Session) -> None:
    command = accepting()
    accept_report(db, command)
    forget_told(db)
    accept_report(db, command)
    assert len(told(db, ReportAccepted)) == 1
    assert told(db, Send) == []
    assert db.scalar(sa.select(sa.func.count()).select_from(Report)) == 1


def test_a_verified_phone_is_texted_its_reference(db: Session) -> None:
    report = a_report(db)
    (text,) = told(db, Send)
    assert (text.template, text.values) == (Template.REGISTERED, {"ref": report.reference})


def test_an_unverified_phone_is_asked_to_confirm_and_learns_no_reference(db: Session) -> None:
    a_report(db, is_verified=False)
    (text,) = told(db, Send)
    assert (text.template, text.values) == (Template.CONFIRM_PHONE, {})


@pytest.mark.parametrize(
    ("channel", "ways"), [("import", ["sms"]), ("api", []), ("api", ["call"])], ids=["import", "no consent", "calls"]
)
def test_nobody_is_texted_who_was_imported_or_did_not_want_texts(db: Session, channel: str, ways: list[str]) -> None:
    a_report(db, channel=channel, consent__contact=ways)
    assert told(db, Send) == []


def test_the_gateway_is_told_the_contact_before_the_text_that_needs_it(db: Session) -> None:
    report = a_report(db)
    (contact,) = told(db, ContactChanged)
    (text,) = told(db, Send)
    assert contact.reference == report.reference
    assert contact.details.contact == text.contact


def test_names_are_kept_in_their_parts_and_as_written(db: Session) -> None:
    report = a_report(db)
    name = db.exec(
        select(WrittenName).where(col(WrittenName.reference) == report.reference, col(WrittenName.raw).like("علي%"))
    ).one()
    assert (name.given, name.father, name.grandfather, name.family) == ("علي", "حسين", "محمد", "جبوري")
    assert (name.script, name.kind, name.institution) == ("arabic", "official", "mgd")


def test_parts_that_were_given_outweigh_parts_that_were_read(db: Session) -> None:
    report = a_report(db, person__names=[{"raw": "محمد علي حسن", "given": "محمد علي", "father": "حسن"}])
    name = db.exec(select(WrittenName).where(col(WrittenName.raw) == "محمد علي حسن")).one()
    assert (name.reference, name.given, name.father) == (report.reference, "محمد علي", "حسن")


def test_first_of_july_is_kept_as_written_and_counts_as_its_year(db: Session) -> None:
    report = a_report(db, person__born={"year": 1957, "month": 7, "day": 1})
    born = db.exec(
        select(StatedDate).where(col(StatedDate.reference) == report.reference, col(StatedDate.what) == "birth")
    ).one()
    assert (born.month, born.day, born.precision) == (7, 1, "year")


def test_what_may_hurt_somebody_rests_sealed(db: Session) -> None:
    report = a_report(
        db,
        person__identity_numbers=[{"document": "national_card", "number": "198512345678", "page": "77"}],
        person__last_address="شارع الأطباء",
        event__circumstances="seen at the checkpoint",
    )
    db.flush()
    for table in (Statement, IdentityNumber, Phone, Person, WrittenName, Report):
        for row in db.exec(select(table)):
            text = row.model_dump_json()
            for secret in ("198512345678", "شارع", "checkpoint", PHONE.removeprefix("+")):
                assert secret not in text
    person = people_reading.missing_person(db, report.reference)
    assert person["identity_numbers"][0]["number"] == "198512345678"
    values = {statement["field"]: statement["value"] for statement in person["statements"]}
    assert (values["last_address"], values["event_circumstances"]) == ("شارع الأطباء", "seen at the checkpoint")


def test_a_content_that_is_no_report_is_not_tried_again(db: Session) -> None:
    command = accepting()
    wrong = command.model_copy(
        update={"content": seal_content(ReportContent.model_construct(person=None), command.reference)}  # pyright: ignore
    )
    with pytest.raises(Unretryable):
        accept_report(db, wrong)


def test_what_is_added_stands_beside_what_was_said(db: Session) -> None:
    report = a_report(db)
    forget_told(db)
    add_to_report(db, adding(report, a_content(person__names=[{"raw": "Elî Hisên"}], person__born={"year": 1984})))
    person = people_reading.missing_person(db, report.reference)
    own = [(name["raw"], name["institution"]) for name in person["names"] if name["whose"] == "own"]
    assert own == [("علي حسين محمد الجبوري", "mgd"), ("Elî Hisên", "mgd")]
    assert [d["year"] for d in person["dates"] if d["what"] == "birth"] == [1985, 1984]
    assert [state.version for state in told(db, ReportChanged)] == [2]


def test_the_like_of_a_report_are_looked_for_again_only_when_linkage_reads_what_is_new(db: Session) -> None:
    report = a_report(db)

    def looked() -> float:
        return REGISTRY.get_sample_value("sila_link_candidates_count") or 0

    before = looked()
    add_to_report(db, adding(report, a_content(person__occupation="teacher")))
    assert looked() == before
    add_to_report(db, adding(report, a_content(person__names=[{"raw": "Elî Hisên"}])))
    assert looked() == before + 1


def test_adding_what_is_known_changes_nothing(db: Session) -> None:
    report = a_report(db, relatives=[{"relation": "mother", "name": "زينب كاظم"}])
    forget_told(db)
    add_to_report(db, adding(report, a_content(relatives=[{"relation": "mother", "name": "زينب كاظم"}])))
    assert told(db, ReportChanged) == []
    assert report.version == 1


def test_only_the_responsible_institution_adds_to_a_report(db: Session) -> None:
    report = a_report(db, consent__share=["ihchr"])
    with pytest.raises(NotYours):
        add_to_report(db, adding(report, a_content(person__occupation="teacher"), "ihchr"))
    with pytest.raises(NotYours):
        add_to_report(db, adding(report, a_content(person__occupation="teacher"), "police"))


def test_nothing_is_added_to_a_closed_file(db: Session) -> None:
    report = a_report(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    with pytest.raises(FileClosed):
        add_to_report(db, adding(report, a_content()))


def test_an_addition_that_overtook_its_report_waits_for_it(db: Session) -> None:
    with pytest.raises(ReportNotHere):
        add_to_report(
            db,
            adding(new_reference(), a_content()),
        )


def test_a_later_named_father_takes_the_place_of_the_unnamed_one(db: Session) -> None:
    report = a_report(db, relatives=[{"relation": "sister", "name": "فاطمة حسين"}])
    add_to_report(
        db, adding(report, a_content(relatives=[{"relation": "father", "name": "حسين محمد", "biological": "yes"}]))
    )
    people = {person["relation"]: person["id"] for person in people_reading.relatives(db, report.reference)}
    parents = people_reading.pedigree(db, report.reference)["parents"]
    fathers = {edge["child"]: edge["parent"] for edge in parents if edge["parent_is"] == "father"}
    missing = people_reading.missing_person(db, report.reference)["id"]
    assert fathers[missing] == fathers[people["sister"]] == fathers[people["brother"]] == people["father"]


def test_a_family_may_add_one_thing_without_saying_the_name_again(db: Session) -> None:
    report = a_report(db)
    addition = ReportAddition.model_validate({"event": {"circumstances": "خرج إلى السوق ولم يعد"}})
    sealed = seal_content(addition, report.reference)
    add_to_report(db, AddToReport(actor=family_of(report.reference), reference=report.reference, content=sealed))
    person = people_reading.missing_person(db, report.reference)
    assert "خرج إلى السوق ولم يعد" in [statement["value"] for statement in person["statements"]]
    assert len([name for name in person["names"] if name["whose"] == "own"]) == 1

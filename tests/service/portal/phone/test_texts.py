"""Texts that come in: answered once, to the phone that is registered, at the level that its family chose."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.database import utc_now
from shared.messages.model import open_content
from shared.messages.reports import Remark
from shared.references import new_reference
from tests.service.portal.families import Families

STRANGER = "+9647709999999"


def templates(outbox) -> list[str]:
    return [text["template"] for text in outbox("send")]


def test_a_neutral_family_hears_that_its_file_is_open(families: Families, carrier, outbox) -> None:
    family = families.one(status="registered")
    assert carrier.text("STATUS").text.endswith("<Response/>")
    [answer] = outbox("send")
    assert (answer["template"], answer["contact"]) == ("status_neutral", str(family.contact))
    assert answer["text_class"] == "answer"


@pytest.mark.parametrize("status", ["please_contact_us", "samples_needed", "more_information_needed"])
def test_a_neutral_family_of_which_something_is_asked_is_asked_to_call(
    families: Families, carrier, outbox, status: str
) -> None:
    families.one(status=status)
    carrier.text("حالة")
    assert templates(outbox) == ["contact_us"]


def test_a_family_that_chose_so_hears_the_status(families: Families, carrier, outbox) -> None:
    family = families.one(status="samples_needed", detail="detailed")
    carrier.text(f"rewş {family.reference}")
    [answer] = outbox("send")
    assert answer["values"] == {"ref": family.reference, "status": "samples_needed"}


@pytest.mark.parametrize(
    "text", ["STATUS", "STATUS {ref}", "BOOK {ref}", "VISIT", "CALL", "LANG en", "YES", "1", "{ref}"]
)
def test_a_phone_that_is_not_registered_learns_nothing(families: Families, carrier, outbox, text: str) -> None:
    family = families.one()
    carrier.text(text.format(ref=family.reference), phone=STRANGER)
    [answer] = outbox("send")
    assert (answer["template"], answer["contact"], answer["values"]) == ("help", None, {})
    assert family.reference not in str(outbox())


def test_an_unverified_phone_is_a_stranger(families: Families, carrier, outbox) -> None:
    families.one(is_verified=False)
    carrier.text("STATUS")
    assert templates(outbox) == ["help"]


def test_a_registered_phone_learns_nothing_of_another_familys_file(families: Families, carrier, outbox) -> None:
    families.one()
    other = families.one(phone="+9647707777777")
    carrier.text(f"STATUS {other.reference}")
    assert templates(outbox) == ["help"]
    assert other.reference not in str(outbox())


@pytest.mark.parametrize("exists", [True, False])
def test_who_names_a_reference_that_is_not_theirs_goes_on_record_whether_it_exists_or_not(
    families: Families, carrier, outbox, exists: bool
) -> None:
    named = families.one(phone="+9647707777777").reference if exists else new_reference()
    carrier.text(f"STATUS {named}", phone=STRANGER)
    assert templates(outbox) == ["help"]
    entries = families.run("SELECT door, action, subject FROM audit_entry")
    assert entries == [("family", "named_another_reference", named)]


def test_a_phone_with_two_files_is_asked_which(families: Families, carrier, outbox) -> None:
    first, second = families.one(detail="detailed"), families.one(detail="detailed")
    carrier.text("STATUS")
    assert templates(outbox) == ["choose_file"]
    carrier.text(second.reference)
    assert outbox("send")[-1]["contact"] == str(second.contact) != str(first.contact)


def test_the_same_text_twice_is_answered_once(families: Families, carrier, outbox) -> None:
    families.one()
    for _ in range(3):
        carrier.text("STATUS", sid="SM" + "a" * 32)
    assert len(outbox("send")) == len(outbox("record_inbound")) == 1


@pytest.mark.parametrize("wrong", [{"token": "another"}, {"signature": ""}, {"signature": "AAAA"}])
def test_a_forged_text_is_turned_away_and_leaves_no_trace(
    families: Families, carrier, outbox, engine: sa.Engine, wrong: dict[str, str]
) -> None:
    families.one()
    fields = [("MessageSid", f"SM{uuid4().hex}"), ("From", "+9647701234567"), ("Body", "STOP")]
    assert carrier.post("/webhooks/twilio/sms", fields, **wrong).status_code == 403
    assert outbox() == []
    assert families.run("SELECT count(*) FROM inbound_text")[0][0] == 0


def test_a_changed_parameter_breaks_the_signature_and_a_repeated_one_does_not(families: Families, carrier) -> None:
    fields = [("MessageSid", f"SM{uuid4().hex}"), ("From", STRANGER), ("Body", " x "), ("AddOn", "b"), ("AddOn", "a")]
    assert carrier.post("/webhooks/twilio/sms", fields).status_code == 200


def test_stop_stops_the_phone_and_start_resumes(families: Families, carrier, outbox) -> None:
    families.one()
    carrier.text("ايقاف")
    [stopped] = outbox("opt_out")
    assert stopped["confirmed_by_carrier"] is False
    carrier.text("START")
    assert len(outbox("opt_in")) == 1
    assert templates(outbox) == []  # the gateway's confirmations


def test_a_stop_that_the_carrier_has_confirmed_is_not_confirmed_again(families: Families, carrier, outbox) -> None:
    families.one()
    carrier.text("STOP", OptOutType="STOP")
    assert outbox("opt_out")[0]["confirmed_by_carrier"] is True


def test_a_strangers_stop_counts_too(carrier, outbox) -> None:
    carrier.text("STOP", phone=STRANGER)
    assert len(outbox("opt_out")) == 1


def test_stop_with_a_reference_stops_that_file_alone(families: Families, carrier, outbox) -> None:
    family, _ = families.one(), families.one()
    carrier.text(f"STOP {family.reference}")
    [consent] = outbox("set_consent")
    assert (consent["reference"], consent["purpose"], consent["is_given"]) == (family.reference, "contact", False)
    assert outbox("opt_out") == []
    assert templates(outbox) == ["optout_file"]


def test_a_visit_for_two_is_booked_by_three_texts(families: Families, carrier, outbox) -> None:
    family = families.one()
    families.session(free=5)
    session = families.session(free=7, starts_at=utc_now() + timedelta(days=2))
    for text in ("BOOK", "١", "2"):
        carrier.text(text)
    assert templates(outbox) == ["offer_sessions", "ask_places"]
    [booking] = outbox("book_visit")
    assert (booking["reference"], booking["places"], booking["session"]) == (family.reference, 2, str(session))


def test_a_number_without_a_question_gets_help(families: Families, carrier, outbox) -> None:
    families.one()
    carrier.text("7")
    assert templates(outbox) == ["help"]


def test_without_a_free_day_a_family_is_told_so(families: Families, carrier, outbox) -> None:
    families.one()
    families.session(free=0)
    carrier.text("BOOK 2")
    assert templates(outbox) == ["no_places"]


def test_a_language_change_is_answered_in_the_new_language(families: Families, carrier, outbox) -> None:
    family = families.one(language="ar")
    carrier.text("LANG ckb")
    assert outbox("set_contact")[0] | {"reference": family.reference, "language": "ckb"} == outbox("set_contact")[0]
    [answer] = outbox("send")
    assert (answer["template"], answer["language"], answer["contact"]) == ("language_changed", "ckb", None)


def test_a_wish_to_be_called_is_kept_once(families: Families, carrier, outbox) -> None:
    families.one()
    carrier.text("CALL")
    carrier.text("اتصل")
    assert families.run("SELECT count(*) FROM call_request")[0][0] == 1
    assert templates(outbox) == ["call_requested"] * 2


def test_a_phone_that_writes_without_end_is_not_answered_without_end(families: Families, carrier, outbox) -> None:
    families.one()
    for _ in range(34):
        carrier.text("STATUS")
    assert len(outbox("send")) == 30
    assert len(outbox("record_inbound")) == 34


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.text(max_size=1700))
def test_whatever_a_stranger_writes_is_taken_and_tells_nothing(families: Families, carrier, outbox, text: str) -> None:
    answer = carrier.text(text, phone=STRANGER)
    assert (answer.status_code, answer.text.endswith("<Response/>")) in {(200, True), (400, False)}
    assert {t["template"] for t in outbox("send")} <= {"help"}


def test_a_phone_with_two_files_answers_with_a_number(families: Families, carrier, outbox) -> None:
    both = [families.one(detail="detailed"), families.one(detail="detailed")]
    carrier.text("حالة")
    [asked] = outbox("send")
    listed = [line.split(" ", 1)[1].replace(" ", "") for line in asked["values"]["options"].splitlines()]
    assert sorted(listed) == sorted(family.reference for family in both)
    carrier.text("٢")
    assert outbox("send")[-1]["values"] == {"ref": listed[1], "status": "registered"}


def test_a_booking_goes_on_with_the_file_that_was_chosen(families: Families, carrier, outbox) -> None:
    families.one()
    second = families.one()
    families.session(free=5)
    for text in ("BOOK 2", second.reference, "1"):
        carrier.text(text)
    assert templates(outbox) == ["choose_file", "offer_sessions"]
    [booking] = outbox("book_visit")
    assert (booking["reference"], booking["places"]) == (second.reference, 2)


def test_cancel_means_stop_also_when_a_visit_is_talked_about(families: Families, carrier, outbox) -> None:
    families.one()
    families.session(free=5)
    for text in ("BOOK", "CANCEL"):
        carrier.text(text)
    assert len(outbox("opt_out")) == 1
    assert outbox("cancel_visit") == []


@pytest.mark.parametrize("body", ["", "😀", "my photo"])
def test_a_picture_gets_a_helpful_answer(families: Families, carrier, outbox, body: str) -> None:
    families.one()
    carrier.text(body, NumMedia="1", MediaUrl0="https://example.org/x", MediaContentType0="image/jpeg")
    assert templates(outbox) == ["no_pictures"]
    assert len(outbox("record_inbound")) == 1


def test_a_keyword_beside_a_picture_counts(families: Families, carrier, outbox) -> None:
    families.one(status="registered")
    carrier.text("STATUS", NumMedia="1")
    assert templates(outbox) == ["status_neutral"]


def test_a_long_story_becomes_a_task_of_the_desk_and_a_person_calls(families: Families, carrier, outbox) -> None:
    family = families.one()
    carrier.text("نحن عائلة نبحث عن خبر منذ سنوات طويلة ولا نعرف ماذا نفعل الآن، " * 15)
    assert templates(outbox) == ["call_requested"]
    assert len(outbox("record_inbound")) == 1
    [said] = outbox("raise_concern")
    assert (said["concern_kind"], said["door"], said["reference"]) == ("question", "text", family.reference)
    assert open_content(said["words"], Remark, said["concern"]).text.startswith("نحن عائلة")
    assert families.run("SELECT count(*) FROM call_request")[0][0] == 1


def test_a_long_story_from_a_phone_with_two_files_shows_on_the_page_of_neither(
    families: Families, carrier, outbox
) -> None:
    families.one()
    families.one()
    carrier.text("We have been looking for news of our father for many years and nobody tells us anything.")
    assert templates(outbox) == ["call_requested"]
    assert outbox("raise_concern") == []


def test_a_strangers_long_story_gets_the_same_help_as_any_other(families: Families, carrier, outbox) -> None:
    carrier.text("x" * 1000, phone=STRANGER)
    assert templates(outbox) == ["help"]


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.sampled_from(["STATUS", "BOOK", "1", "2", "٣", "YES", "NO", "VISIT", "LANG ckb", "HELP", "😀", "x" * 1000]),
        max_size=6,
    )
)
def test_no_conversation_of_a_registered_phone_tells_of_another(families: Families, carrier, outbox, texts) -> None:
    families.run("DELETE FROM outbox")
    families.run("DELETE FROM limit_counter")
    other = families.one(phone="+9647707777777", detail="detailed")
    families.one(detail="detailed")
    for text in [*texts, other.reference]:
        carrier.text(text)
    assert str(other.contact) not in str(outbox())
    assert other.reference not in str(outbox())

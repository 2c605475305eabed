"""One signed request, its characters read in every other way: none acts otherwise than the carrier's own."""

import re
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.forms import Form
from portal.phone.signed_parameters import NUMBER, OF_CALLS, OF_STATUSES, OF_TEXTS, Parameters, is_unambiguous

Fields = list[tuple[str, str]]
ACCOUNT, SERVICE = "AC" + "a1" * 16, "MG" + "b2" * 16
TEXT, OTHER_TEXT, CALL, PARENT = "SM" + "0c" * 16, "SM" + "9f" * 16, "CA" + "3d" * 16, "CA" + "4e" * 16
SMS, STATUS, VOICE = (f"https://sila.example/webhooks/twilio/{name}" for name in ("sms", "status", "voice"))
PLACE = {"FromCity": "BAGHDAD", "FromCountry": "IQ", "FromState": "", "FromZip": "", "ToCountry": "US", "ToZip": ""}


def a_text(body: str = "STATUS", **more: str) -> Fields:
    """What the carrier sends of a text."""
    fields = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "Body": body, "From": "+9647701234567", "MessageSid": TEXT,
        "MessagingServiceSid": SERVICE, "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": TEXT, "SmsSid": TEXT,
        "SmsStatus": "received", "To": "+15005550006", **PLACE, **more,
    }  # fmt: skip
    return sorted(fields.items())


def a_status(**more: str) -> Fields:
    """What the carrier sends of a text's way."""
    fields = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "ErrorCode": "30003", "From": "+15005550006",
        "MessageSid": TEXT, "MessageStatus": "undelivered", "MessagingServiceSid": SERVICE, "SmsSid": TEXT,
        "SmsStatus": "undelivered", "To": "+9647701234567", **more,
    }  # fmt: skip
    return sorted(fields.items())


def a_call(**more: str) -> Fields:
    """What the carrier sends at a step of a call."""
    fields = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": CALL, "CallStatus": "in-progress",
        "Called": "+15005550006", "Caller": "+9647701234567", "Digits": "12", "Direction": "inbound",
        "FinishedOnKey": "", "From": "+9647701234567", "To": "+15005550006", **PLACE, "msg": "Gather End", **more,
    }  # fmt: skip
    return sorted(fields.items())


def hidden(*pairs: tuple[str, str]) -> str:
    """A body that its writer means to be read as parameters."""
    return "STOP" + "".join(chain.from_iterable(pairs)) + "ZZZ"


AS_SENT = [
    (SMS, OF_TEXTS, a_text()),
    (SMS, OF_TEXTS, a_text("STOP", OptOutType="STOP")),
    (SMS, OF_TEXTS, a_text("حالة", OriginalRepliedMessageSid=OTHER_TEXT, ProfileName="Ali", WaId="9647701234567")),
    (SMS, OF_TEXTS, a_text("", NumMedia="1", MediaUrl0="https://api.example/x", MediaContentType0="image/jpeg")),
    (SMS, OF_TEXTS, a_text("BOOK Dohuk From my brother", Whatever="New One 2028", AddOns='{"status":"ok"}')),
    (SMS, OF_TEXTS, a_text(From="15005")),
    (f"{STATUS}?text=6f9619ff-8b86-4011-b42d-00cf4fc964ff", OF_STATUSES, a_status()),
    (STATUS, OF_STATUSES, a_status(RawDlrDoneDate="2612010000", ChannelPrefix="whatsapp")),
    (STATUS, OF_STATUSES, a_call(CallStatus="no-answer", SequenceNumber="0", Timestamp="Tue, 01 Dec 2026")),
    (f"{VOICE}?step=menu", OF_CALLS, a_call()),
    (f"{VOICE}?step=menu", OF_CALLS, a_call(Digits="", From="anonymous")),
    (f"{VOICE}?step=dialled", OF_CALLS, a_call(DialCallStatus="no-answer", DialCallSid=PARENT, ParentCallSid=PARENT)),
    (f"{VOICE}?step=spoken&say=1.aB-_9z", OF_CALLS, a_call(Direction="outbound-api", AnsweredBy="machine_start")),
]
ATTACKS = [
    (SMS, OF_TEXTS, a_text(hidden(("From", "+9647709999999"), ("MessageSid", OTHER_TEXT)))),
    (SMS, OF_TEXTS, a_text(hidden(("MessageSid", OTHER_TEXT)))),
    (SMS, OF_TEXTS, a_text(hidden(("From", "+9647700000000")))),
    (SMS, OF_TEXTS, a_text(ProfileName=hidden(("SmsMessageSid", OTHER_TEXT), ("MessageSid", OTHER_TEXT)))),
]


def signed(url: str, fields: Fields) -> str:
    """What the carrier signs."""
    return url + "".join(chain.from_iterable(sorted(set(fields))))


def acts_by(url: str, fields: Fields, of: Parameters) -> dict[str, str]:
    """What a webhook acts by; a number that is none is nobody's."""
    form = Form(fields)
    acted = {name: form[name] for name in of.shapes} | {"url": url}
    return acted | {name: "" for name in ("From", "To") if not re.fullmatch(NUMBER, acted.get(name, ""))}


@st.composite
def another_reading(draw: st.DrawFn, sent: tuple[str, Parameters, Fields]) -> tuple[str, Fields]:
    """The same signed characters with their ends elsewhere: moved, taken away, or put into a value."""
    url, _, fields = sent
    whole, ends, at = signed(url, fields), list[int](), len(url)
    for name, value in fields:
        ends += [at, at + len(name)]
        at += len(name) + len(value)
    telling = sorted({i for n, _ in fields for i in find_all(whole, n)} | {i + len(n) for n, _ in fields
        for i in find_all(whole, n)} | set(ends))  # fmt: skip
    place = st.sampled_from(telling) | st.integers(len(url) - 6, len(whole))
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["move", "drop", "split", "drop_both"]))
        if kind == "split":
            ends = sorted([*ends, draw(place), draw(place)])
        elif len(ends) > 2:
            which = draw(st.integers(0, len(ends) - 2))
            if kind == "move":
                ends[which] += draw(st.integers(-3, 3))
            del ends[which : which + {"move": 0, "drop": 1, "drop_both": 2}[kind]]
    if len(ends) % 2:
        ends = ends[:-1]
    ends = sorted(ends)
    stops = [*ends[2::2], len(whole)]
    read = [(whole[a:b], whole[b:c]) for a, b, c in zip(ends[::2], ends[1::2], stops, strict=True)]
    return whole[: ends[0]] if ends else whole, read


def find_all(whole: str, part: str) -> list[int]:
    """Where a part begins in a text."""
    return [i for i in range(len(whole)) if whole.startswith(part, i)]


@pytest.mark.parametrize(("url", "of", "fields"), AS_SENT)
def test_what_the_carrier_sends_is_taken(url: str, of: Parameters, fields: Fields) -> None:
    assert is_unambiguous(url, Form(fields), of)


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_no_other_reading_of_a_signed_request_acts_otherwise(data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from(AS_SENT + ATTACKS))
    url, of, fields = sent
    other_url, read = data.draw(another_reading(sent))

    if signed(other_url, read) != signed(url, fields) or other_url.partition("?")[0] != url.partition("?")[0]:
        return
    if is_unambiguous(other_url, Form(read), of):
        assert acts_by(other_url, read, of) == acts_by(url, fields, of)


@pytest.mark.parametrize(("url", "of", "fields"), ATTACKS)
def test_a_text_that_hides_parameters_is_turned_away(url: str, of: Parameters, fields: Fields) -> None:
    assert not is_unambiguous(url, Form(fields), of)


@pytest.mark.parametrize("name", ["", "2Direction", "=", "From City", "ى", "edMessagingServiceSid"])
def test_a_name_that_is_no_plain_word_is_turned_away(name: str) -> None:
    fields = [*a_status(), (name, "x")] if name != "edMessagingServiceSid" else [
        (n, v) for n, v in a_status(MessageStatus="undeliver") if n < "MessageStatut"
    ] + [(name, SERVICE)]  # fmt: skip
    assert not is_unambiguous(STATUS, Form(fields), OF_STATUSES)

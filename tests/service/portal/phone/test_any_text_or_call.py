"""Whatever a phone sends by text or keys in, and whatever the carrier puts beside it, is answered by the webhooks."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from portal.phone.voice.steps import SCREENS
from tests.service.portal.families import Families
from tests.service.portal.nasty import UNLIMITED, nasty
from tests.service.portal.phone.conftest import PHONE, Carrier

MORE = 10
"""Times as many examples as a form gets: there are three webhooks, and many forms."""
UNLIMITED_MORE = type(UNLIMITED)(UNLIMITED, max_examples=UNLIMITED.max_examples * MORE)
WORDS = [
    "STATUS",
    "BOOK",
    "STOP",
    "START",
    "YES",
    "NO",
    "NO 3",
    "LANG ckb",
    "CALL",
    "HELP",
    "حالة ١٢٣٤٥٦٧٨٩٠٩٢",
    "1",
    "٣",
]
KEYS = ["", "1", "2", "7", "9", "*", "#", "0", "٣", "123456", "١٢٣٤٥٦", "1" * 4000, "27#1", "-1", "1e9"]
STATUSES = ["delivered", "failed", "no-answer", "DELIVERED", "x" * 400, "", "٣"]
FROM = st.sampled_from(
    [PHONE, PHONE, PHONE, "", "anonymous", "+9647", "+" + "9" * 400, "٠٧٧٠", "whatsapp:+9647701234567"]
)
SIDS = st.sampled_from([f"SM{'0a' * 16}", f"CA{'0a' * 16}", "SM", "", "x" * 5000, f"SM{'٣' * 32}", f"SM{'0a' * 16}\n"])


@UNLIMITED_MORE
@given(
    body=st.sampled_from(WORDS) | nasty,
    phone=FROM,
    sid=SIDS | st.none(),
    more=st.dictionaries(st.sampled_from(["NumMedia", "OptOutType", "To", "Body", "x"]), nasty, max_size=2),
)
def test_any_text_is_answered(
    families: Families, carrier: Carrier, body: str, phone: str, sid: str | None, more: dict[str, str]
) -> None:
    if not families.run("SELECT 1 FROM family_file"):
        families.one(phone=PHONE)
        families.session(free=5)
    fields = {"MessageSid": f"SM{uuid4().hex}" if sid is None else sid, "From": phone, "Body": body, **more}
    assert carrier.post("/webhooks/twilio/sms", list(fields.items())).status_code < 500


@UNLIMITED_MORE
@given(
    steps=st.lists(st.tuples(st.sampled_from([*SCREENS, "spoken", "dialled", "x", ""]), st.sampled_from(KEYS) | nasty)),
    phone=FROM,
    more=st.dictionaries(st.sampled_from(["SpeechResult", "Direction", "AnsweredBy", "To", "x"]), nasty, max_size=2),
)
def test_any_call_is_answered(
    families: Families, carrier: Carrier, steps: list[tuple[str, str]], phone: str, more: dict[str, str]
) -> None:
    reference = families.run("SELECT reference FROM family_file")
    family = reference[0].reference if reference else families.one(phone=PHONE, pin="123456").reference
    call = f"CA{uuid4().hex}"
    begun = [("", ""), ("language", "5"), ("reference", family), ("pin", "123456")]
    for step, digits in [*begun, *steps[:6]]:
        fields = {
            "CallSid": call,
            "From": phone,
            "To": "+15005550006",
            "Digits": digits,
            "Direction": "inbound",
            **more,
        }
        query = f"?step={step}" if step else ""
        answer = carrier.post(f"/webhooks/twilio/voice{query}", list(fields.items()))
        assert answer.status_code < 500, (step, answer.status_code)


@UNLIMITED_MORE
@given(sid=SIDS, status=st.sampled_from(STATUSES) | nasty, text=nasty, code=nasty)
def test_any_delivery_is_answered(carrier: Carrier, sid: str, status: str, text: str, code: str) -> None:
    fields = [("MessageSid", sid), ("MessageStatus", status), ("ErrorCode", code), ("AnsweredBy", status)]
    assert carrier.post("/webhooks/twilio/status", fields).status_code < 500
    named = [*fields, ("text", text)]
    assert carrier.post("/webhooks/twilio/status?text=x", named).status_code < 500

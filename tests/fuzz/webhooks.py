"""The carrier's webhooks by signed requests of every kind: never a 5xx, always valid TwiML, and no refusal but 403."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from starlette.datastructures import MultiDict
from twilio.request_validator import RequestValidator

from portal.phone.voice.steps import SCREENS

VERBS = {
    "Response", "Say", "Play", "Gather", "Dial", "Number", "Hangup", "Reject", "Pause", "Redirect",
}  # fmt: skip
NUMBERS = st.one_of(
    st.from_regex(r"\+9647[0-9]{9}", fullmatch=True),
    st.from_regex(r"whatsapp:\+[0-9]{6,16}", fullmatch=True),
    st.sampled_from(["anonymous", "15005", "sip:a@b.example", "Zain", ""]),
    st.text(max_size=20),
)
WORDS = st.sampled_from([
    "STATUS", "حالة", "BOOK", "VISIT", "YES", "NO", "1", "٢", "9", "STOP", "START", "LANG ckb", "LANG xx", "CALL",
    "HELP", "CANCEL", "STATUS 123456789012", "",
])  # fmt: skip
BODIES = WORDS | st.text(max_size=300) | st.text("٠١٢٣ 0123 نعم بەڵێ", max_size=40)
KEYS = st.text("0123456789*#", max_size=14) | st.text(max_size=6)
IDS = st.uuids().map(lambda made: f"SM{made.hex}") | st.sampled_from(["", "SMx", f"MM{0:032x}"])
STATUSES = st.sampled_from(["queued", "sent", "delivered", "undelivered", "failed", "read", "no-answer", "busy", "new"])
MORE = st.dictionaries(
    st.sampled_from(["NumMedia", "OptOutType", "ErrorCode", "AnsweredBy", "NewOne", "MediaUrl0"]) | st.text(max_size=8),
    st.sampled_from(["0", "1", "STOP", "START", "30003", "human", "machine_start"]) | st.text(max_size=20),
    max_size=3,
)
STEPS = ["", "spoken", "dialled", "nowhere", *SCREENS]
A_STEP = st.tuples(st.sampled_from(STEPS) | st.text("abz_.-", max_size=9), KEYS, MORE)


@dataclass
class Carrier:
    """Posts signed requests, and counts them and what was wrong with their answers."""

    url: str
    token: str
    cases: int = 0
    failures: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.url, timeout=30)
        self._signer = RequestValidator(self.token)

    def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        """A request with the carrier's signature; its answer must be one that a webhook has."""
        signature = self._signer.compute_signature(self.url + path, MultiDict(fields.items()))
        answer = self._client.post(path, data=fields, headers={"x-twilio-signature": signature})
        self.cases += 1
        # 400: control characters, which nobody can write on a phone. 403: what the signature does not prove.
        if answer.status_code not in {200, 204, 400, 403}:
            self.failures[f"{path.partition('?')[0]}: {answer.status_code}"] += 1
        elif answer.status_code == 200 and not _is_twiml(answer):
            self.failures[f"{path.partition('?')[0]}: no TwiML"] += 1
        return answer


def _is_twiml(answer: httpx.Response) -> bool:
    try:
        document = ElementTree.fromstring(answer.content)
    except ElementTree.ParseError:
        return False
    return document.tag == "Response" and {each.tag for each in document.iter()} <= VERBS


def fuzz_webhooks(carrier: Carrier, known: Sequence[str], cases: int, chance: int) -> None:
    """Texts, calls of some steps and delivery callbacks, by phones that are known and others; a third of each."""
    phones = st.sampled_from(known) | NUMBERS if known else NUMBERS
    generated = settings(
        max_examples=max(5, cases // 3), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    @seed(chance)
    @generated
    @given(IDS, phones, BODIES, MORE)
    def texts(sid: str, phone: str, body: str, more: dict[str, str]) -> None:
        fields = {"MessageSid": sid, "From": phone, "To": "+15005550006", "Body": body}
        carrier.post("/webhooks/twilio/sms", more | fields)

    @seed(chance)
    @generated
    @given(IDS, STATUSES | st.text(max_size=12), st.uuids().map(str) | st.text("0a-", max_size=36), MORE)
    def statuses(sid: str, status: str, text: str, more: dict[str, str]) -> None:
        fields = {"MessageSid": sid, "MessageStatus": status}
        carrier.post(f"/webhooks/twilio/status?text={quote(text)}", more | fields)

    calls = settings(generated, max_examples=max(2, cases // 15))

    @seed(chance)
    @calls
    @given(phones, st.lists(A_STEP, min_size=5, max_size=5), st.sampled_from(["inbound", "outbound-api"]))
    def whole_calls(phone: str, steps: list[tuple[str, str, dict[str, str]]], direction: str) -> None:
        call = f"CA{uuid4().hex}"
        for step, digits, more in steps:
            fields = {"CallSid": call, "From": phone, "To": "+15005550006", "Digits": digits, "Direction": direction}
            query = f"?step={quote(step)}" if step else ""
            carrier.post(f"/webhooks/twilio/voice{query}", more | fields)

    for each in (texts, statuses, whole_calls):
        each()

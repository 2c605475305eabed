"""A text from a phone: posted to the service's webhook, whose TwiML may answer it."""

import time
from dataclasses import dataclass
from xml.etree import ElementTree

from infra.simulator.numbers import country_of
from infra.simulator.options import Options
from infra.simulator.texts.text import Text
from infra.simulator.webhooks.line import Answer, WebhookError
from infra.simulator.webhooks.signed import Fields, SignedWebhooks

# What the carrier itself understands, in English only and only as the whole text.
_WORDS = {
    "STOP": {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    "START": {"START", "YES", "UNSTOP"},
    "HELP": {"HELP", "INFO"},
}
REPLIES = {
    "STOP": "Carrier: this number will send you nothing more. START lets it again.",
    "START": "Carrier: this number may text you again. STOP ends it.",
    "HELP": "Carrier: STOP ends texts from this number, START allows them.",
}
_TRIES = 2


@dataclass(frozen=True)
class Outcome:
    """How the webhook took a text: its HTTP status (0: no answer) and the texts it answers with."""

    status: int
    replies: list[str]


def opt_out_type(body: str) -> str:
    """`STOP`, `START` or `HELP` if the whole text is one of the carrier's own words, else an empty string."""
    word = body.strip().upper()
    return next((kind for kind, words in _WORDS.items() if word in words), "")


def inbound_fields(text: Text, options: Options, opt_out: str) -> Fields:
    """The form of Twilio's webhook for an incoming text."""
    fields = {
        "ToCountry": country_of(text.to),
        "SmsMessageSid": text.sid,
        "NumMedia": "0",
        "SmsSid": text.sid,
        "SmsStatus": "received",
        "Body": text.body,
        "FromCountry": country_of(text.sender),
        "To": text.to,
        "NumSegments": str(text.segments),
        "MessageSid": text.sid,
        "AccountSid": options.account_sid,
        "From": text.sender,
        "ApiVersion": "2010-04-01",
    }
    if options.service_sid:
        fields["MessagingServiceSid"] = options.service_sid
    if opt_out:
        fields["OptOutType"] = opt_out
    return fields


async def post_text(text: Text, options: Options, webhooks: SignedWebhooks, opt_out: str) -> Outcome:
    """Post a text to the webhook, once more with the same identifier if it fails."""
    fields = inbound_fields(text, options, opt_out)
    outcome = Outcome(0, [])
    for _ in range(_TRIES):
        try:
            answer = await webhooks.call("POST", options.text_webhook, fields)
        except WebhookError:
            continue
        outcome = Outcome(answer.status, read_replies(answer))
        if answer.status < 500:
            break
    return outcome


def read_replies(answer: Answer) -> list[str]:
    """The texts that a `<Response>` of `<Message>`s asks for; none if it is not good TwiML."""
    if not answer.is_good or not answer.body.strip():
        return []
    try:
        # From the service under test, and expat itself limits what entities may grow to.
        response = ElementTree.fromstring(answer.body)  # noqa: S314
    except ElementTree.ParseError:
        return []
    return [reply for message in response.iter("Message") if (reply := _said(message))]


def _said(message: ElementTree.Element) -> str:
    body = message.find("Body")
    return ("".join(message.itertext()) if body is None else body.text or "").strip()


def received_at() -> float:
    """Now, to the millisecond."""
    return round(time.time(), 3)

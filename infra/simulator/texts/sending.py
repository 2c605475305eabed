"""What the account asks to be sent: checked as the carrier checks it, and turned into a text."""

import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from infra.simulator.numbers import is_landline, is_sender_name, to_e164
from infra.simulator.options import Options
from infra.simulator.rest.errors import CarrierError
from infra.simulator.texts.segments import count_segments
from infra.simulator.texts.text import Text, new_sid

LONGEST_BODY = 1600
LONGEST_WAIT_S = 36_000


def read_order(fields: dict[str, str], options: Options) -> Text:
    """The text that these fields of `POST Messages.json` ask for, not yet numbered.

    Raises CarrierError with Twilio's code for what is wrong.
    """
    to = _recipient(fields)
    service = _service(fields, options)
    sender = _sender(fields, options, service)
    send_at = _send_at(fields, service)
    initial = "scheduled" if send_at else "accepted" if service else "queued"
    body = _body(fields)
    return Text(
        number=0,
        sid=new_sid("SM"),
        direction="outbound-api",
        to=to,
        sender=sender,
        body=body,
        segments=count_segments(body),
        created_at=round(time.time(), 3),
        status=initial,
        callback=_callback(fields),
        service=service,
        validity_s=_validity(fields),
        media=1 if fields.get("MediaUrl") else 0,
        send_at=send_at,
    )


def _recipient(fields: dict[str, str]) -> str:
    written = fields.get("To", "").strip()
    if not written:
        raise CarrierError(21604)
    number = to_e164(written)
    if number is None:
        raise CarrierError(21211, written)
    if is_landline(number):
        raise CarrierError(21614)
    return number


def _service(fields: dict[str, str], options: Options) -> str:
    service = fields.get("MessagingServiceSid", "")
    if service and service != options.service_sid:
        raise CarrierError(21701, service)
    return service


def _sender(fields: dict[str, str], options: Options, service: str) -> str:
    sender = fields.get("From", "").strip()
    if not sender:
        if not service:
            raise CarrierError(21603)
        return ""
    number = to_e164(sender)
    if number is not None:
        if number.rpartition(":")[2] != options.number:
            raise CarrierError(21606, sender)
        return number
    if not is_sender_name(sender):
        raise CarrierError(21212, sender)
    return sender


def _body(fields: dict[str, str]) -> str:
    body = fields.get("Body", "")
    if not body and not fields.get("MediaUrl"):
        raise CarrierError(21602)
    if len(body) > LONGEST_BODY:
        raise CarrierError(21617)
    return body


def _callback(fields: dict[str, str]) -> str:
    url = fields.get("StatusCallback", "")
    if url and not is_web_address(url):
        raise CarrierError(21609, url)
    return url


def is_web_address(url: str) -> bool:
    """Whether the carrier could call it."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _validity(fields: dict[str, str]) -> int:
    written = fields.get("ValidityPeriod", str(LONGEST_WAIT_S))
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= LONGEST_WAIT_S:
        raise CarrierError(21624)
    return int(written)


def _send_at(fields: dict[str, str], service: str) -> float:
    if fields.get("ScheduleType") != "fixed" or not service:
        return 0
    try:
        at = datetime.strptime(fields.get("SendAt", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise CarrierError(20001, "SendAt") from None
    return at.timestamp()

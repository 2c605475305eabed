"""What the account asks to be called: checked as the carrier checks it."""

from infra.simulator.numbers import to_e164
from infra.simulator.options import Options
from infra.simulator.rest.errors import CarrierError
from infra.simulator.texts.sending import is_web_address
from infra.simulator.texts.text import new_sid
from infra.simulator.voice.call import Call, now


def read_call_order(fields: dict[str, str], events: list[str], options: Options, rings_for_s: float) -> Call:
    """The call that these fields of `POST Calls.json` ask for.

    Raises CarrierError with Twilio's code for what is wrong.
    """
    url, twiml = fields.get("Url", ""), fields.get("Twiml", "")
    if not twiml and not is_web_address(url):
        raise CarrierError(21205, url)
    return Call(
        sid=new_sid("CA"),
        direction="outbound-api",
        to=_number(fields, "To", 21201, 21211),
        sender=_sender(fields, options),
        status="queued",
        created_at=now(),
        url=url,
        method=fields.get("Method", "POST"),
        twiml=twiml,
        fallback_url=fields.get("FallbackUrl", ""),
        callback=_callback(fields),
        callback_events=tuple(events) or ("completed",),
        detects_machines=bool(fields.get("MachineDetection")),
        rings_for_s=min(rings_for_s, _timeout(fields)),
    )


def _number(fields: dict[str, str], name: str, absent: int, invalid: int) -> str:
    written = fields.get(name, "").strip()
    if not written:
        raise CarrierError(absent)
    number = to_e164(written)
    if number is None:
        raise CarrierError(invalid, written)
    return number


def _sender(fields: dict[str, str], options: Options) -> str:
    sender = _number(fields, "From", 21213, 21212)
    if sender != options.number:
        raise CarrierError(21210, sender)
    return sender


def _callback(fields: dict[str, str]) -> str:
    url = fields.get("StatusCallback", "")
    if url and not is_web_address(url):
        raise CarrierError(21609, url)
    return url


def _timeout(fields: dict[str, str]) -> float:
    written = fields.get("Timeout", "60")
    return float(written) if written.isascii() and written.isdigit() and int(written) else 60.0

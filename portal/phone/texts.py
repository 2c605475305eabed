"""A text that came in: verified, taken once, understood, answered, all in one transaction of the portal's own."""

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of, limits_of
from portal.limits import Limit, Limits
from portal.phone import wishes
from portal.phone.callers import find_caller, sender_number
from portal.phone.grammar import Wish, understand
from portal.phone.keywords import Keyword
from portal.phone.signatures import signed_form
from portal.phone.signed_parameters import OF_TEXTS
from portal.phone.wishes import Heard
from shared.database import utc_now
from shared.messages.gateway import RecordInbound
from shared.messaging.outbox import publish_async
from shared.messaging.stories import story_of_text, telling
from shared.metrics import texts
from shared.sealing import keys

EMPTY = Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")
TAKE = """
INSERT INTO inbound_text (carrier_id, phone_index, keyword, is_from_contact, received_at)
VALUES (%(carrier_id)s, %(phone_index)s, %(keyword)s, %(is_from_contact)s, %(at)s)
ON CONFLICT DO NOTHING RETURNING carrier_id
"""
LONGEST_KEPT = 1600
texts.labels("sms", "in", Keyword.STOP)  # there from the start, so that the first ones show as an increase


async def take_text(request: Request) -> Response:
    """A text came in. The answer leaves through the gateway, so this one is always empty."""
    form = await signed_form(request, OF_TEXTS)
    number, carrier_id = sender_number(form["From"]), form["MessageSid"]
    if number is None or not carrier_id:
        return EMPTY
    database = database_of(request)
    at = utc_now()
    wish = understand(form["Body"])
    has_room = await _has_room(limits_of(request), number)
    with telling(story_of_text(carrier_id)):
        async with database.transaction() as cursor:
            heard = Heard(
                cursor,
                await find_caller(cursor, number),
                wish,
                at,
                form["OptOutType"].upper(),
                has_pictures=form["NumMedia"] not in ("", "0"),
                words=form["Body"][:LONGEST_KEPT],
            )
            if await _take(heard, carrier_id) and has_room:
                await wishes.carry_out(heard)
    return EMPTY


async def _has_room(limits: Limits, number: str) -> bool:
    """Whether this phone may still be answered; what it writes is kept in any case."""
    return await limits.has_room(Limit.TEXTS_BY_PHONE, keys().phone_index(number))


async def _take(heard: Heard, carrier_id: str) -> bool:
    """Put the text on record. Returns whether it had not come before."""
    row = {
        "carrier_id": carrier_id,
        "phone_index": heard.caller.phone_index,
        "keyword": _name(heard.wish),
        "is_from_contact": bool(heard.caller.files),
        "at": heard.at,
    }
    await heard.cursor.execute(TAKE, row)
    if await heard.cursor.fetchone() is None:
        return False
    texts.labels("sms", "in", _name(heard.wish)).inc()
    await _tell_gateway(heard, carrier_id)
    return True


async def _tell_gateway(heard: Heard, carrier_id: str) -> None:
    inbound = RecordInbound(
        carrier_id=carrier_id,
        phone=heard.caller.sealed_phone,
        phone_index=heard.caller.phone_index,
        body=keys().seal_for_gateway(heard.words),
        keyword=_name(heard.wish),
    )
    await publish_async(heard.cursor, inbound, at=heard.at)


def _name(wish: Wish) -> str:
    if wish.keyword is not None:
        return wish.keyword
    return "number" if wish.number is not None else "other"

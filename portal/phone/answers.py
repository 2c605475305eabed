"""How a text is answered: by a template through the gateway, on the urgent lane, to the phone that asked."""

from datetime import datetime, timedelta
from uuid import uuid4

from portal.database import Cursor
from portal.phone.callers import Caller, File
from shared.messages.gateway import Send, Template, Values
from shared.messages.model import Lane, Language
from shared.messaging.outbox import publish_async

ANSWER_WITHIN = timedelta(hours=1)


async def answer(
    cursor: Cursor,
    caller: Caller,
    at: datetime,
    template: Template,
    values: Values | None = None,
    *,
    file: File | None = None,
    language: Language | None = None,
    time_zone: str = "Asia/Baghdad",
) -> None:
    """Answer the phone, in its family's language; a phone that is nobody's gets what tells nothing.

    In another `language` the answer goes to the phone itself, since the address book may not know it yet.
    """
    to = None if language else file or (caller.files[0] if caller.files else None)
    text = Send(
        text=uuid4(),
        contact=to.contact if to else None,
        phone=None if to else caller.sealed_phone,
        language=None if to else language or caller.language,
        channel="sms",  # who writes reads, or has somebody at hand who does
        template=template,
        values=values or {},
        text_class="answer",
        not_after=at + ANSWER_WITHIN,
        time_zone=time_zone,
    )
    await publish_async(cursor, text, at=at, lane=Lane.URGENT)

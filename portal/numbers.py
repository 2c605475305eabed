"""A family's number changes: the old one loses access at once, whichever door it comes by."""

from portal.database import Cursor
from portal.sessions import end_sessions_of

# The record tells its new state a moment later. Until then the door goes by this: the old phone is nobody's.
FORGET_PHONE = """
UPDATE contact SET phone_index = NULL, sealed_phone = NULL, is_verified = false
WHERE reference = %(reference)s AND phone_index IS DISTINCT FROM %(phone_index)s
"""
END_CHALLENGES = """
UPDATE challenge SET used_at = clock_timestamp() WHERE reference = %(reference)s AND used_at IS NULL
"""


async def give_up_number(cursor: Cursor, reference: str, new_index: str) -> None:
    """Put out whoever came in by the old number, in the transaction in which the new one is told.

    Its sessions end, codes on their way to it open nothing, and texts and calls from it find no file.
    """
    told = {"reference": reference, "phone_index": new_index}
    await end_sessions_of(cursor, reference)
    await cursor.execute(END_CHALLENGES, told)
    await cursor.execute(FORGET_PHONE, told)

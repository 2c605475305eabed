"""What a caller who has shown the PIN may ask for: the status, the next visit, a place, meetings, no more calls."""

from collections.abc import Mapping
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from portal import audit
from portal.languages import LANGUAGES
from portal.local_text import in_language
from portal.meetings import public_meetings
from portal.phone.voice import visits
from portal.phone.voice.call import Call, Step, ask, keep
from portal.phone.voice.speaking import Moment, Part, Words
from portal.phone.voice.wording import meaning_prompt, status_prompt
from shared.messages.reports import SetConsent
from shared.messaging.outbox import publish_async

MOST_MEETINGS = 3
FILE = "SELECT status, governorate, language FROM family_file WHERE reference = %(reference)s"


async def tell_menu(call: Call, *before: Part) -> VoiceResponse:
    """The keys and what they do."""
    return ask(call, "menu", "menu", before=before)


async def take_key(call: Call) -> VoiceResponse | None:
    """A key of the menu was pressed."""
    step = KEYS.get(call.digits)
    return await step(await keep(call, tries=0)) if step else None


async def tell_status(call: Call) -> VoiceResponse:
    """The status in the page's own words, then the menu."""
    row = await call.database.one(FILE, {"reference": call.standing.reference})
    status = row["status"] if row else "received"
    async with call.database.transaction() as cursor:
        await audit.append(cursor, call.at, "family", "heard_status", call.standing.reference)
    return ask(call, "menu", "status-is", status_prompt(status), meaning_prompt(status), "menu")


async def tell_meetings(call: Call) -> VoiceResponse:
    """The next public meetings, those near the family first."""
    row = await call.database.one(FILE, {"reference": call.standing.reference})
    near = row["governorate"] if row else None
    planned = [m for m in await public_meetings(call.database, call.at) if not m["is_cancelled"]]
    planned.sort(key=lambda m: (m["governorate"] != near, m["starts_at"]))
    said: list[Part] = []
    for meeting in planned[:MOST_MEETINGS]:
        said += ["meeting", Moment(meeting["starts_at"], meeting["time_zone"])]
        said += ["place", Words(in_language(meeting["place"], LANGUAGES[call.lang].code))]
    return ask(call, "meetings", *(said or ["no-meetings"]), "back")


async def ask_to_stop(call: Call) -> VoiceResponse:
    """Say what a stop means, and ask once more."""
    return ask(call, "stop", "sure-stop", "back")


async def take_stop(call: Call) -> VoiceResponse | None:
    """Stop everything that concerns this report; whoever shares the phone keeps their own."""
    if call.digits != "1":
        return None
    reference = call.standing.reference
    language = LANGUAGES[call.lang].code
    stop = SetConsent(
        actor=call.family,
        reference=reference,
        purpose="contact",
        is_given=False,
        language=language,  # pyright: ignore[reportArgumentType]
    )
    async with call.database.transaction() as cursor:
        await publish_async(cursor, stop, at=call.at)
        await audit.append(cursor, call.at, "family", "stopped_texts_of_file", reference)
    return await tell_menu(await keep(call, tries=0), "stopped")


async def nothing_to_take(call: Call) -> VoiceResponse | None:
    """Where only the way back, a repetition or a person can be asked for."""
    return None


KEYS: Final[Mapping[str, Step]] = {
    "1": tell_status,
    "2": visits.tell_next,
    "3": visits.begin_to_offer,
    "4": tell_meetings,
    "9": ask_to_stop,
}

"""What a phone was last asked, so that a 1, 2 or YES finds its question. One conversation a phone, for an hour."""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from portal.database import Cursor

LIVES = timedelta(hours=1)
LOOK = "SELECT state, detail FROM conversation WHERE phone_index = %(phone)s AND expires_at > %(at)s"
READ = LOOK + " FOR UPDATE"
KEEP = """
INSERT INTO conversation (phone_index, state, detail, expires_at) VALUES (%(phone)s, %(state)s, %(detail)s, %(expires)s)
ON CONFLICT (phone_index) DO UPDATE SET state = excluded.state, detail = excluded.detail,
    expires_at = excluded.expires_at
"""
END = "DELETE FROM conversation WHERE phone_index = %(phone)s"

State = Literal["choose_file", "choose_session", "choose_places", "seen_visit", "cancel_visit", "join_waiting"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for an answer: what about, and what the numbers stand for."""

    state: State
    reference: str = ""
    options: list[str] = field(default_factory=list[str])
    places: int | None = None


async def open_question(cursor: Cursor, phone_index: str, at: datetime) -> Question | None:
    """What the phone was asked, while it counts."""
    await cursor.execute(READ, {"phone": phone_index, "at": at})
    row = await cursor.fetchone()
    return Question(row["state"], **known_fields(Question, row["detail"])) if row else None


def known_fields(kept_as: type[Any], detail: dict[str, Any]) -> dict[str, Any]:
    """What a class knows of what was kept: a conversation outlives an upgrade."""
    return {f.name: detail[f.name] for f in fields(kept_as) if f.name in detail}


async def ask_question(cursor: Cursor, phone_index: str, question: Question, at: datetime) -> None:
    """Remember what the phone is asked now, in the place of what it was asked before."""
    await cursor.execute(KEEP, kept(phone_index, question, at))


def kept(phone_index: str, question: Question, at: datetime) -> dict[str, Any]:
    """What KEEP writes of a question, for a door with a connection of another kind."""
    detail = asdict(question)
    state = detail.pop("state")
    return {"phone": phone_index, "state": state, "detail": Jsonb(detail), "expires": at + LIVES}


async def end_question(cursor: Cursor, phone_index: str) -> None:
    """The question is answered, or no more of interest."""
    await cursor.execute(END, {"phone": phone_index})

"""Whether a text may leave at all, when, and how: the rules that stand between a claimed text and the carrier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from services.gateway.address_book import open_phone
from services.gateway.sending.quiet_hours import not_before
from services.gateway.words.preview import digest_as_sent
from services.gateway.words.rendering import CannotRender, in_language, render
from services.gateway.words.segments import segments
from services.gateway.words.wording import wording_of
from shared.logs import log
from shared.messages.gateway import CarriedAs, Template
from shared.messages.model import Language
from shared.messages.spoken import SpokenMessage, seal_spoken
from shared.sealing import CannotUnseal, Purpose, keys

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """What holds for every text here: whether the carrier is real, and the house's own number."""

    is_simulated: bool
    quiet_hours: bool
    office_phone: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A text that goes to the carrier now."""

    id: UUID
    attempt: UUID
    lane: int
    batch: UUID | None
    phone_index: str
    to: str
    body: str
    digest: str
    segments: int
    attempts: int
    valid_for_s: int
    carried_as: CarriedAs = "sms"

    @property
    def is_call(self) -> bool:
        """Whether it is spoken: `body` is then the sealed message, in place of the words."""
        return self.carried_as == "call"


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that must wait for the morning."""

    id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Redirected:
    """A text whose contact's number changed at the moment when it was written down: it is taken up anew."""

    id: UUID
    phone_index: str | None


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """A text that will not go, and why."""

    id: UUID
    batch: UUID | None
    reason: str


Judgement = Ready | Kept | Redirected | TurnedDown


def judge(row: Row, lane: int, at: datetime, house: House) -> Judgement:
    """What is to happen to a claimed text."""
    try:
        return _judge(row, lane, at, house)
    except Exception as error:
        # One text that nobody foresaw must not hold up all those behind it.
        log.exception("text_not_judged", error=type(error).__name__)
        return TurnedDown(row["id"], row["batch"], "cannot_be_sent")


def _judge(row: Row, lane: int, at: datetime, house: House) -> Judgement:
    if row["contact"] is not None and row["contact_phone_index"] != row["phone_index"]:
        return Redirected(row["id"], row["contact_phone_index"])
    reason = _objection(row, house)
    if reason:
        return TurnedDown(row["id"], row["batch"], reason)
    carried_as = _way_of(row)
    is_call = carried_as == "call"
    until = not_before(at, row["text_class"], row["time_zone"], is_on=house.quiet_hours, is_call=is_call)
    if until > at:
        return Kept(row["id"], until)
    try:
        to, words = open_phone(row["sealed_phone"]), _body(row, house)
        body = _spoken(row) if is_call else words
    except CannotRender as missing:
        return TurnedDown(row["id"], row["batch"], f"values:{missing}")
    except CannotUnseal:
        return TurnedDown(row["id"], row["batch"], "unreadable")
    return Ready(
        id=row["id"],
        attempt=uuid4(),
        lane=lane,
        batch=row["batch"],
        phone_index=row["phone_index"],
        to=to,
        body=body,
        digest=digest_of(f"call:{row['id']}" if is_call else body),
        segments=1 if is_call else segments(body),
        attempts=row["attempts"] + 1,
        valid_for_s=int((row["not_after"] - at).total_seconds()),
        carried_as=carried_as,
    )


def _objection(row: Row, house: House) -> str | None:
    if row["is_stopped"] and not row["passes_opt_out"]:
        return "opted_out"
    template = Template(row["template"])
    # A deployment may have changed the words while the text waited for the morning.
    if row["words_digest"] and digest_as_sent(template, row["values"], row["time_zone"]) != row["words_digest"]:
        return "words_changed"
    if row["contact"] is not None and not row["is_verified"] and not _is_first_question(template, row):
        return "phone_unverified"
    if house.is_simulated:
        return None
    if row["is_demo"]:
        return "demo_contact"
    return None if wording_of(template, _language(row)).is_reviewed else f"template_unreviewed:{template}"


def _is_first_question(template: Template, row: Row) -> bool:
    """A number that nobody has confirmed gets one neutral question in all (design §3)."""
    return template is Template.CONFIRM_PHONE and not row["was_asked_before"]


def _way_of(row: Row) -> CarriedAs:
    """As it was asked for, else as the contact chose; WhatsApp contacts get ordinary texts."""
    return row["channel"] or ("call" if row["contact_channel"] == "call" else "sms")


def _opened(row: Row) -> dict[str, str]:
    return {name: keys().unseal_as_gateway(sealed) for name, sealed in row["sealed_values"].items()}


def _spoken(row: Row) -> str:
    """What the call is to say, sealed for the door that says it."""
    language, values = _language(row), dict(row["values"])
    starts_at = values.pop("starts_at", None)
    message = SpokenMessage(
        text=row["id"],
        template=Template(row["template"]),
        language=language,
        values={n: in_language(v, language) if isinstance(v, dict) else v for n, v in values.items()},  # pyright: ignore[reportUnknownArgumentType]
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
        code=_opened(row).get("code"),
        time_zone=row["time_zone"],
        notice=row["notice"],
        contact=row["contact"],
        not_after=row["not_after"],
    )
    return seal_spoken(message)


def _body(row: Row, house: House) -> str:
    return render(
        Template(row["template"]),
        _language(row),
        {**row["values"], **_opened(row)},
        time_zone=row["time_zone"],
        office_phone=house.office_phone,
    )


def _language(row: Row) -> Language:
    return cast("Language", row["language"] or row["contact_language"] or "ar")


def digest_of(body: str) -> str:
    """A keyed digest by which a listed text is known again, so that no words need to be kept."""
    return keys().blind_index(Purpose.GATEWAY, body)

"""Every copy that a part keeps of what another owns: whose it is, by which events it is told, and which rows of which
table each event stands for. Resync and check go by this list alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from shared.messages.appointments import (
    SampleCollected,
    SessionChanged,
    SiteChanged,
    VisitAttended,
    VisitBooked,
    VisitCancelled,
    VisitMissed,
    WaitingChanged,
)
from shared.messages.gateway import BatchProgressed, OptOutChanged
from shared.messages.matching import ContactRequested, MeetingRecorded, SampleStateChanged
from shared.messages.model import Event
from shared.messages.outreach import MeetingChanged, NoticeSent, ReplyRecorded
from shared.messages.reports import (
    ConcernChanged,
    ContactChanged,
    PhotoChanged,
    ReportChanged,
    SecondContactChanged,
    WishesChanged,
)
from shared.parts import Part

Row = dict[str, Any]
Type = Literal["text", "uuid"]
Rows = Callable[[Any], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the owner keeps what is copied: its key, column by column as the copy's, and its version."""

    part: Part
    table: str
    key: tuple[str, ...]
    version: str | None = "version"


@dataclass(frozen=True, slots=True)
class Copy:
    """A table, or some columns of it, that follows an owner's events. `read` names a column that is compared otherwise
    than it is kept; `newer` is the column by which the newest wins."""

    part: Part
    table: str
    key: tuple[tuple[str, Type], ...]
    origin: Origin
    models: tuple[type[Event], ...]
    rows: Rows
    version: str | None = "version"
    read: tuple[tuple[str, str], ...] = ()
    newer: str | None = None
    begins_here: bool = False
    """Whether its rows are made here before the owner hears of them: more of them than there is no fault."""

    @property
    def name(self) -> str:
        """`outreach.audience_member`: how operators name it."""
        return f"{self.part}.{self.table}"

    @property
    def consumer(self) -> str:
        """Who reads the queues behind it."""
        return "projector" if self.part is Part.PORTAL else self.part.value


def _whole(event: Event) -> Iterator[Row]:
    yield event.model_dump()


def _only(*columns: str) -> Rows:
    def rows(event: Event) -> Iterator[Row]:
        yield event.model_dump(include=set(columns))

    return rows


def _file(event: ReportChanged) -> Iterator[Row]:
    yield event.model_dump(exclude={"contact_person"}) | {
        "timeline": [entry.model_dump(mode="json") for entry in event.timeline]
    }


def _member(event: ReportChanged) -> Iterator[Row]:
    may_be_told = event.is_open and event.is_verified and bool(event.consent_contact)
    columns = {"reference", "version", "contact", "governorate", "event", "language", "institution", "samples"}
    yield event.model_dump(include=columns) | {"may_be_told": may_be_told}


def _contact(event: ContactChanged) -> Iterator[Row]:
    details = event.details.model_dump()
    yield {"version": event.version, "reference": event.reference, "sealed_phone": details.pop("phone")} | details


def _second(event: SecondContactChanged) -> Iterator[Row]:
    row = event.model_dump()
    yield {"sealed_phone": row.pop("phone")} | row


def _address(event: ContactChanged) -> Iterator[Row]:
    told = event.details
    kept = told.model_dump(include={"language", "channel", "is_verified", "is_demo"})
    index = told.phone_index if told.phone else None
    yield {"id": told.contact, "version": event.version, "phone_index": index} | kept


def _questions(event: NoticeSent) -> Iterator[Row]:
    for contact in event.contacts:
        yield {"contact": contact, "notice": event.notice, "meeting": event.meeting}


BATCH_STATES = ("waiting", "handed_over", "delivered", "failed", "expired", "refused", "unsettled")


def _batch(event: BatchProgressed) -> Iterator[Row]:
    counts = dict.fromkeys(BATCH_STATES, 0) | {str(state): count for state, count in event.counts.items()}
    yield {"id": event.batch, "version": event.version} | counts


def _sample(event: SampleCollected) -> Iterator[Row]:
    yield {"id": event.sample} | event.model_dump(include={"version", "donor", "barcode", "relation"})


def _collected(event: SampleCollected) -> Iterator[Row]:
    told = {"donor": event.donor, "relation": event.relation, "collected_version": event.version}
    for reference in event.references:
        yield {"sample": event.sample, "reference": reference} | told


def _examined(event: SampleStateChanged) -> Iterator[Row]:
    told = {"state": event.state, "state_version": event.version}
    for reference in event.references:
        yield {"sample": event.sample, "reference": reference} | told


def _asked(event: ContactRequested | MeetingRecorded) -> Iterator[Row]:
    yield event.model_dump(include={"contact_request", "reference", "version"})


REPORT = Origin(Part.REPORTS, "report", ("reference",))
CONTACT = Origin(Part.REPORTS, "contact", ("id",))
WISHES = Origin(Part.REPORTS, "wishes", ("reference",), version=None)
SECOND = Origin(Part.REPORTS, "second_contact", ("reference",))
CONCERN = Origin(Part.REPORTS, "concern", ("id",))
SAMPLE = Origin(Part.APPOINTMENTS, "sample", ("id",))
SERVED = Origin(Part.APPOINTMENTS, "sample_for", ("sample", "reference"), version=None)
EXAMINED = Origin(Part.MATCHING, "sample_family", ("sample", "reference"), version=None)
VISIT_STATES = (VisitBooked, VisitCancelled, VisitAttended, VisitMissed)
_REFERENCE: tuple[tuple[str, Type], ...] = (("reference", "text"),)
_ID: tuple[tuple[str, Type], ...] = (("id", "uuid"),)
_SERVED: tuple[tuple[str, Type], ...] = (("sample", "uuid"), ("reference", "text"))


def _at_portal(table: str, key: str, owner: Part, theirs: str, *models: type[Event], by: Type = "uuid") -> Copy:
    origin = Origin(owner, theirs, (key if by == "text" else "id",))
    return Copy(Part.PORTAL, table, ((key, by),), origin, models, _whole)


COPIES: tuple[Copy, ...] = (
    Copy(Part.PORTAL, "family_file", _REFERENCE, REPORT, (ReportChanged,), _file),
    Copy(Part.OUTREACH, "audience_member", _REFERENCE, REPORT, (ReportChanged,), _member),
    Copy(
        Part.APPOINTMENTS, "file_state", _REFERENCE, REPORT, (ReportChanged,), _only("reference", "version", "is_open")
    ),
    Copy(
        Part.MATCHING,
        "family",
        _REFERENCE,
        REPORT,
        (ReportChanged,),
        _only("reference", "version", "institution", "is_verified", "is_open", "wants_to_wait"),
        begins_here=True,
    ),
    Copy(Part.PORTAL, "contact", (("contact", "uuid"),), CONTACT, (ContactChanged,), _contact),
    # Free words are sealed anew for each who keeps them, and cannot be compared.
    Copy(Part.PORTAL, "family_wishes", _REFERENCE, WISHES, (WishesChanged,), _only("reference", "version")),
    Copy(Part.PORTAL, "second_contact", _REFERENCE, SECOND, (SecondContactChanged,), _second),
    Copy(
        Part.PORTAL,
        "concern",
        (("concern", "uuid"),),
        CONCERN,
        (ConcernChanged,),
        _only("concern", "version", "reference", "concern_kind", "door", "raised_at", "answered_at"),
    ),
    _at_portal("photo", "photo", Part.REPORTS, "photo", PhotoChanged),
    Copy(Part.GATEWAY, "contact", _ID, CONTACT, (ContactChanged,), _address),
    _at_portal("site", "site", Part.APPOINTMENTS, "site", SiteChanged),
    _at_portal("collection_session", "session", Part.APPOINTMENTS, "collection_session", SessionChanged),
    _at_portal("visit", "visit", Part.APPOINTMENTS, "visit", *VISIT_STATES),
    _at_portal("waiting_entry", "entry", Part.APPOINTMENTS, "waiting_entry", WaitingChanged),
    _at_portal("meeting", "meeting", Part.OUTREACH, "meeting", MeetingChanged),
    _at_portal("phone_opt_out", "phone_index", Part.GATEWAY, "opt_out_choice", OptOutChanged, by="text"),
    Copy(
        Part.PORTAL,
        "reply",
        (("contact", "uuid"), ("notice", "uuid")),
        Origin(Part.OUTREACH, "reply", ("contact", "notice")),
        (ReplyRecorded,),
        _whole,
    ),
    Copy(
        Part.PORTAL,
        "last_question",
        (("contact", "uuid"),),
        Origin(Part.OUTREACH, "last_question", ("contact",), version=None),
        (NoticeSent,),
        _questions,
        version=None,
        newer="asked_at",
    ),
    Copy(
        Part.OUTREACH,
        "batch",
        _ID,
        Origin(Part.GATEWAY, "text_batch", ("id",)),
        (BatchProgressed,),
        _batch,
        read=(("refused", "refused - left_out"),),
        begins_here=True,
    ),
    Copy(Part.MATCHING, "sample", _ID, SAMPLE, (SampleCollected,), _sample),
    Copy(Part.REPORTS, "donor_sample", _SERVED, SERVED, (SampleCollected,), _collected, version="collected_version"),
    Copy(
        Part.REPORTS,
        "donor_sample",
        _SERVED,
        EXAMINED,
        (SampleStateChanged,),
        _examined,
        version="state_version",
        begins_here=True,
    ),
    Copy(
        Part.REPORTS,
        "contact_asked",
        (("contact_request", "uuid"),),
        Origin(Part.MATCHING, "contact_request", ("id",)),
        (ContactRequested, MeetingRecorded),
        _asked,
    ),
)


class UnknownProjection(Exception):
    """No part keeps such a copy; the message names those that there are."""


def chosen(projection: str | None) -> tuple[Copy, ...]:
    """The copies that a name stands for: a table's (`portal.visit`), all of a part (`portal`), or `all`.

    Raises UnknownProjection.
    """
    if projection in (None, "all"):
        return COPIES
    found = tuple(c for c in COPIES if projection in (c.part.value, c.name))
    if not found:
        names = ", ".join(dict.fromkeys([*(c.part.value for c in COPIES), *(c.name for c in COPIES)]))
        raise UnknownProjection(f"one of: all, {names}")
    return found

"""What the API answers, as models: the answers are made by them, and the OpenAPI document describes them."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.messages.reports import Status

LinkState = Literal["proposed", "in_review", "linked", "rejected", "undone"]
TextByLanguage = dict[str, str]


class Shown(BaseModel):
    """What is answered: the named fields and no others, whatever their source knows besides."""

    model_config = ConfigDict(extra="ignore")


class Evidence(Shown):
    """What one field says of two reports: both values, and the weight for (below zero: against) one person."""

    field: str
    a: str
    b: str
    weight: float


class ReportLink(Shown):
    """Another report that may be, or was found to be, about the same person."""

    link: UUID
    reference: str
    institution: str
    score: float = Field(ge=0, le=1)
    state: LinkState
    explanation: list[Evidence]


class ReportTaken(Shown):
    """A report was taken; under this reference it is found from now on."""

    reference: str = Field(pattern=r"^\d{12}$")


class ReportStatus(Shown):
    """Where a report stands, as its family reads it, and its links that the asking institution may see.

    `is_known_elsewhere`: an institution whose report the responsible one may not read may know the same person.
    """

    reference: str = Field(pattern=r"^\d{12}$")
    status: Status
    links: list[ReportLink]
    is_known_elsewhere: bool = False


class FoundReport(Shown):
    """A report like the one looked for."""

    reference: str
    score: float = Field(ge=0, le=1)
    explanation: list[Evidence]


class SearchAnswer(Shown):
    """At most ten reports that the asking institution may see, best first."""

    results: list[FoundReport]


class LaboratoryReportTaken(Shown):
    """A laboratory report was taken."""

    id: UUID


class LaboratoryReportState(Shown):
    """A laboratory report: `taken`, or `refused` for a reason, with the barcode that no sample in the institution's
    custody has where it is that."""

    id: UUID
    state: Literal["taken", "refused"]
    reason: str | None
    barcode: str | None


class ImportTaken(Shown):
    """An import was taken: how many rows there were, and how many of them were accepted as reports."""

    id: UUID
    rows: int
    accepted: int
    refused: int


class RowError(Shown):
    """What is wrong with a row: its number (the first row of values is 1), the column or pointer, a code."""

    row: int
    field: str
    code: str


class ImportedReport(Shown):
    """The reference that a row's report got."""

    row: int
    reference: str


class ImportState(Shown):
    """An import: `working` until the record has taken over every accepted row, then `done`."""

    id: UUID
    state: Literal["working", "done"]
    rows: int
    accepted: int
    refused: int
    errors: list[RowError]
    references: list[ImportedReport]


class SiteShown(Shown):
    """A place where samples are taken."""

    site: UUID
    name: TextByLanguage
    directions: TextByLanguage
    country: str
    governorate: str | None
    time_zone: str
    latitude: float | None
    longitude: float | None
    has_women_staff: bool
    is_step_free: bool


class Sites(Shown):
    """The sites that are open."""

    sites: list[SiteShown]


class SessionShown(Shown):
    """A day of collection at a site, and how many places are free."""

    session: UUID
    site: UUID
    governorate: str | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    capacity: int
    free: int
    is_women_only: bool


class Sessions(Shown):
    """Open sessions, the soonest first."""

    sessions: list[SessionShown]


class ReportEvent(Shown):
    """A report that the asking institution may see has changed; only its newest state is told."""

    event: Literal["report_changed"]
    reference: str
    version: int
    status: Status
    institution: str
    at: datetime


class Events(Shown):
    """Changes since a cursor, oldest first, and the cursor to go on from."""

    events: list[ReportEvent]
    cursor: str


class PublicFigures(Shown):
    """Totals of the whole country, rounded; null stands for fewer than `smallest`."""

    date: date
    figures: dict[str, int | None]
    rounded_to: int
    smallest: int


def as_json(answer: BaseModel) -> dict[str, Any]:
    """An answer's JSON."""
    return answer.model_dump(mode="json")

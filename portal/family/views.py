"""What the family pages show: plain values that a route reads from the projection and hands to a template.

Nothing here names a missing person, and nothing here comes from a matching. Codes (`status`, `needs`,
`governorate`, …) are those of `portal.family.words`; names of sites and places come in the page's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Desk:
    """The call desk that every page names: a person to talk to. `phone` is in E.164, times as on a clock."""

    phone: str = "+9647700000000"
    opens: str = "9:00"
    closes: str = "15:00"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline: the report got `status` on a day."""

    status: str
    on: date


@dataclass(frozen=True, slots=True)
class SiteView:
    """Where samples are taken. `address` and `directions` help to find it, and are empty where not known."""

    name: str
    governorate: str | None = None
    country: str = "IQ"
    zone: str = "Asia/Baghdad"
    address: str = ""
    directions: str = ""
    hours: str = ""
    phone: str = ""
    has_women_staff: bool = False
    is_step_free: bool = False
    id: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def is_abroad(self) -> bool:
        """Whether what is given there has to be sent to Iraq."""
        return self.country != "IQ"


@dataclass(frozen=True, slots=True)
class SessionOffer:
    """A day at a site on which places can be booked; `free` is how many are left, `km` how far it is where known."""

    id: UUID
    site: SiteView
    starts_at: datetime
    ends_at: datetime
    free: int
    is_women_only: bool = False
    km: int | None = None


@dataclass(frozen=True, slots=True)
class VisitView:
    """A family's booking. `state` is `asked`, `booked`, `waiting`, `cancelled`, `attended` or `missed`."""

    id: UUID
    site: SiteView
    starts_at: datetime
    places: int
    state: str = "booked"


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A family's place in the waiting line: for a `day` at a site, for any day at it, or anywhere in a governorate.

    `state` is `waiting`, `offered` (then `offer` holds places at `offered` until `until`), `booked` or `ended`.
    """

    id: UUID
    state: str
    places: int
    site: SiteView | None = None
    governorate: str | None = None
    day: datetime | None = None
    offer: UUID | None = None
    offered: SessionOffer | None = None
    until: datetime | None = None
    ended_because: str = ""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A place in the waiting line as the status page shows it: whether something is held, and until when."""

    id: UUID
    state: str
    until: datetime | None = None
    zone: str = "Asia/Baghdad"


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A public information meeting. `key` is its part of the URL, `reply` what this family answered."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    zone: str = "Asia/Baghdad"
    address: str = ""
    about: str = ""
    is_cancelled: bool = False
    has_changed: bool = False
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a family wants to be told. `phone_ending` is the last digits of the registered number, or empty."""

    language: str = "ar"
    channel: str = "sms"
    detail: str = "neutral"
    is_stopped: bool = False
    phone_ending: str = ""


@dataclass(frozen=True, slots=True)
class ConcernView:
    """What a family said, when, and how it was answered; `words` is empty where it was said by phone."""

    kind: str
    words: str
    raised_on: date
    answer: str = ""
    answered_on: date | None = None
    desk: str = ""
    """Who answers, by name."""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What a family is asked: may another institution read its report (`share`), or look after it (`hand_over`)?

    `key` names the question in the form; `is_answered`: the family agreed, and the institution has not answered yet.
    """

    kind: str
    key: str
    institution: str
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo that a family gave: never the picture, which others who use the phone would see."""

    id: UUID
    added_on: date


@dataclass(frozen=True, slots=True)
class MoreView:
    """What the page shows where the family chose to read more: whose samples would help, who may see the report, who is
    there for the family. Names are those of institutions and of staff."""

    would_help: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    contact_person: str = ""
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """A report as its family sees it. `timeline` is newest first and starts with `status`.

    `more` is None where the family chose to read little.
    """

    reference: str
    status: str
    timeline: tuple[Step, ...]
    preferences: Preferences
    needs: tuple[str, ...] = ()
    visits: tuple[VisitView, ...] = ()
    waiting: tuple[WaitingLine, ...] = ()
    meetings: tuple[MeetingView, ...] = ()
    concerns: tuple[ConcernView, ...] = ()
    questions: tuple[QuestionView, ...] = ()
    more: MoreView | None = None
    wants_to_wait: bool = False
    is_open: bool = True
    unsent: str = ""
    """The form, by its path, with words that were written after a session was over; or empty."""
    notice: str = ""
    """What has just been done, by code: `saved`, `said`, `refused`, `number_changed`, `phone_confirmed`, `asked`; or
    empty."""


@dataclass(frozen=True, slots=True)
class Institution:
    """A body that a report may be shared with; `name` in the page's language."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RelativeForm:
    """A relative as written in a form; `is_alive` and `is_willing` are `yes`, `no` or empty."""

    relation: str = ""
    name: str = ""
    is_alive: str = ""
    is_willing: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The report form as it was sent, to be shown again; every value is what the person wrote."""

    given: str = ""
    father: str = ""
    grandfather: str = ""
    family_name: str = ""
    known_as: str = ""
    mother: str = ""
    sex: str = ""
    birth_year: str = ""
    event: str = ""
    last_seen_year: str = ""
    last_seen_month: str = ""
    last_seen_day: str = ""
    governorate: str = ""
    place: str = ""
    happened: str = ""
    your_name: str = ""
    relation: str = ""
    phone: str = ""
    safe_times: str = ""
    language: str = ""
    channel: str = "sms"
    detail: str = "neutral"
    relative: RelativeForm | None = None
    """The relative that is being written."""
    relatives: tuple[RelativeForm, ...] = ()
    consent_keep: bool = False
    consent_share: frozenset[str] = frozenset()
    consent_contact: frozenset[str] = frozenset()
    consent_publish: bool = False


Errors = Mapping[str, str]
"""What is wrong in a form: name of the field → code in `words.PROBLEMS`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the public figures: its name in `words.FIGURES`, and a rounded count (None: fewer than 10)."""

    name: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The public figures of the whole country as of a day."""

    as_of: date
    rows: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class AttestationView:
    """What a checked attestation tells: `state` is `valid`, `revoked` or `unknown`."""

    state: str
    number: str = ""
    issued_on: date | None = None

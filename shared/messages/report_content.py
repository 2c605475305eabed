"""What a report says (domain: ICRC, ICMP and INTERPOL field families): the shape that the API takes, the form fills,
and `reports` keeps. Only one name and the consent to keep are required."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.bounds import Day
from shared.messages.model import Institution, Language, Sealable
from shared.sealing import Purpose

NOT_BLANK = r"\S"
"""Follows from stripping and a least length, and says it to those who read the JSON schema."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NOT_BLANK)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000, pattern=NOT_BLANK)]
Governorate = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")]
Relation = Literal[
    "self", "father", "mother", "son", "daughter", "brother", "sister", "husband", "wife",
    "half_brother", "half_sister", "grandfather", "grandmother", "grandson", "granddaughter",
    "paternal_uncle", "paternal_aunt", "maternal_uncle", "maternal_aunt", "nephew", "niece", "cousin",
    "in_law", "guardian", "friend", "neighbour", "lawyer", "organisation", "other",
]  # fmt: skip
EventCode = Literal[
    "FAILY_1980", "IRAN_IRAQ_WAR", "DUJAIL_1982", "BARZANI_1983", "ANFAL_1988", "HALABJA_1988", "KUWAIT_1990",
    "UPRISING_1991", "BAATH_PRISON", "WAR_2003", "SECTARIAN_2006_08", "DAESH_2014_17", "SPEICHER", "BADUSH", "SINJAR",
    "KOCHO", "TURKMEN_TALAFAR", "ALBU_NIMR", "MOSUL_2016_17", "ANBAR_2014_17", "PROTEST_2019", "MIGRATION", "OTHER",
    "UNKNOWN", "PREFER_NOT",
]  # fmt: skip
Channel = Literal["sms", "call", "whatsapp"]
Detail = Literal["neutral", "detailed"]


class ReportPart(BaseModel):
    """A piece of a report; unknown fields are an error, so that a typing mistake is told and nothing is lost."""

    model_config = ConfigDict(extra="forbid")


class WrittenName(ReportPart):
    """One way a person's name is written: whole (`raw`), and in parts where they are known."""

    raw: ShortText
    script: Literal["arabic", "latin", "other"] | None = None
    language: Language | None = None
    kind: Literal["official", "known_as", "spelling", "transliteration"] = "official"
    given: ShortText | None = None
    father: ShortText | None = None
    grandfather: ShortText | None = None
    great_grandfather: ShortText | None = None
    family: ShortText | None = None
    kunya: ShortText | None = None


YEARS: Final = {"gregorian": (1900, 2100), "hijri": (1318, 1523), "kurdish": (2600, 2799)}
"""The years of each calendar that lie wholly between 1900 and 2100."""


class UncertainDate(ReportPart):
    """A date as well as it is known: year, year and month, or the day; with its calendar and the words used."""

    year: int | None = Field(default=None, ge=1, le=2900)  # a Kurdish year is 700 ahead
    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    precision: Literal["day", "month", "year", "decade", "unknown"] | None = None
    calendar: Literal["gregorian", "hijri", "kurdish"] = "gregorian"
    earliest: Day | None = None
    latest: Day | None = None
    text: ShortText | None = None

    @model_validator(mode="after")
    def _is_a_date(self) -> "UncertainDate":
        if (self.day and not self.month) or (self.month and not self.year):
            raise ValueError("a day needs its month, and a month its year")
        first, last = YEARS[self.calendar]
        if self.year and not first <= self.year <= last:
            raise ValueError(f"a year of this calendar is from {first} to {last}")
        if self.year and self.month and self.day and self.calendar == "gregorian":
            date(self.year, self.month, self.day)
        if self.earliest and self.latest and self.earliest > self.latest:
            raise ValueError("earliest lies after latest")
        return self


class IdentityNumber(ReportPart):
    """A number on a document; none is ever required."""

    document: Literal[
        "national_card", "civil_status", "nationality", "residence", "ration", "passport", "military", "other"
    ]
    number: ShortText
    register_number: ShortText | None = None
    page: ShortText | None = None


class AboutPerson(ReportPart):
    """What may be said of a missing person; nothing of it need be."""

    names: list[WrittenName] = Field(default_factory=list[WrittenName], max_length=20)
    mother: ShortText | None = None
    maternal_grandfather: ShortText | None = None
    sex: Literal["male", "female"] | None = None
    born: UncertainDate | None = None
    birthplace: ShortText | None = None
    nationality: ShortText | None = None
    occupation: ShortText | None = None
    marital_status: Literal["single", "married", "widowed", "divorced"] | None = None
    identity_numbers: list[IdentityNumber] = Field(default_factory=list[IdentityNumber], max_length=10)
    declared_dead: bool | None = None  # by a court or an office; nobody asks a family for it
    last_address: ShortText | None = None
    description: LongText | None = None


class MissingPerson(AboutPerson):
    """Who is missing: at least one name."""

    names: list[WrittenName] = Field(min_length=1, max_length=20)


class Disappearance(ReportPart):
    """What happened, when and where, as far as it is known."""

    code: EventCode | None = None
    date: UncertainDate | None = None
    governorate: Governorate | None = None
    district: ShortText | None = None
    place: ShortText | None = None
    circumstances: LongText | None = None


class RelativeEntry(ReportPart):
    """A relative of the missing person, and whether a reference sample may come from them."""

    name: ShortText | None = None
    relation: Relation
    biological: Literal["yes", "no", "unknown"] = "unknown"
    through: Literal["father", "mother", "both"] | None = None
    is_alive: bool | None = None
    phone: ShortText | None = None
    is_willing_to_give_sample: bool | None = None


class Reporter(ReportPart):
    """Who reports, and how to reach them."""

    name: ShortText | None = None
    relation: Relation | None = None
    phone: ShortText | None = None
    phone_verified: bool = False
    language: Language = "ar"
    channel: Channel = "sms"
    detail: Detail = "neutral"
    safe_times: ShortText | None = None


class ConsentGiven(ReportPart):
    """What the reporter agreed to: to keep (required), to share with each named body, to be contacted, to publish."""

    keep: Literal[True]
    share: list[Institution] = Field(default_factory=list[Institution], max_length=30)
    contact: list[Channel] = Field(default_factory=list[Channel], max_length=10)
    publish: bool = False
    compare_abroad: bool = False
    use_in_proceedings: bool = False
    text_version: ShortText = "2026-11"
    language: Language | None = None
    read_aloud: bool = False
    witness: ShortText | None = None


class ReportContent(ReportPart, Sealable):
    """A whole report."""

    sealed_for = Purpose.FOR_REPORTS

    person: MissingPerson
    event: Disappearance = Field(default_factory=Disappearance)
    reporter: Reporter = Field(default_factory=Reporter)
    consent: ConsentGiven
    relatives: list[RelativeEntry] = Field(default_factory=list[RelativeEntry], max_length=60)
    earlier_references: list[ShortText] = Field(default_factory=list[ShortText], max_length=20)


class ReportAddition(ReportPart, Sealable):
    """What is said of a report later: whatever is new. The other parts of a whole one are let pass, without effect."""

    sealed_for = Purpose.FOR_REPORTS

    person: AboutPerson = Field(default_factory=AboutPerson)
    event: Disappearance = Field(default_factory=Disappearance)
    relatives: list[RelativeEntry] = Field(default_factory=list[RelativeEntry], max_length=60)
    earlier_references: list[ShortText] = Field(default_factory=list[ShortText], max_length=20)
    reporter: Reporter | None = None
    consent: ConsentGiven | None = None


class SearchContent(ReportPart):
    """Whom an institution looks for."""

    person: MissingPerson
    event: Disappearance = Field(default_factory=Disappearance)

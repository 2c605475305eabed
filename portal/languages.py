"""The languages that families read: names, direction, dates, catalogues, and which of them a visitor gets.

A catalogue is a plain `.po` file under `locales/`, compiled in memory the first time its language is
asked for, so that a translator's correction needs no build step.
"""

import datetime
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from portal.metrics import moments_left_out
from shared.bounds import is_within_bounds

LOCALES = Path(__file__).parent / "locales"

# CLDR has no Kurmanji in Arabic letters: these are used in Duhok and Sinjar, from January and Monday on.
BADINI_MONTHS = (
    "کانوونا دووێ", "شوبات", "ئادار", "نیسان", "گولان", "خزیران",
    "تیرمەه", "تەباخ", "ئیلوون", "چریا ئێکێ", "چریا دووێ", "کانوونا ئێکێ",
)  # fmt: skip
SORANI_DATE = "{day}ی {month}ی {year}"
BADINI_DAYS = ("دوشەمب", "سێشەمب", "چارشەمب", "پێنجشەمب", "ئەینی", "شەمبی", "ئێکشەمب")


@dataclass(frozen=True)
class Language:
    """A language as the portal speaks it.

    `code` is its part of the URL, `tag` its BCP-47 tag, `locale` the CLDR locale behind its names of months
    and days, `catalogues` where to look a text up, in this order, before English. `date` is the order of a
    date in words; digits are always Western, as on phones and identity cards.
    """

    code: str
    name: str
    tag: str
    is_rtl: bool
    locale: str
    catalogues: tuple[str, ...]
    date: str = "{day} {month} {year}"

    @property
    def direction(self) -> str:
        """The value of the HTML attribute `dir`."""
        return "rtl" if self.is_rtl else "ltr"

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Names of the twelve months, as they stand in a date."""
        if self.code == "kmr-Arab":
            return BADINI_MONTHS
        return tuple(_names("months", self.locale)[number] for number in range(1, 13))

    @cached_property
    def weekdays(self) -> tuple[str, ...]:
        """Names of the seven days, from Monday."""
        if self.code == "kmr-Arab":
            return BADINI_DAYS
        return tuple(_names("days", self.locale)[number] for number in range(7))

    @cached_property
    def translations(self) -> NullTranslations:
        """The catalogue, compiled from its `.po` file; falls back by `catalogues`, at last to English."""
        result = NullTranslations()
        for code in reversed(self.catalogues):
            catalogue = compile_catalogue(catalogue_path(code))
            catalogue.add_fallback(result)
            result = catalogue
        return result


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        language.code: language
        for language in (
            Language("ar", "العربية", "ar-IQ", True, "ar_IQ", ("ar",)),
            Language("ckb", "کوردی (سۆرانی)", "ckb-IQ", True, "ckb_IQ", ("ckb", "ar"), SORANI_DATE),
            Language("kmr-Arab", "کوردی (بادینی)", "kmr-Arab", True, "kmr", ("kmr-Arab",)),
            Language("kmr", "Kurdî (Kurmancî)", "kmr-Latn", False, "kmr", ("kmr",)),
            Language("en", "English", "en", False, "en_GB", ()),
        )
    }
)
DEFAULT = LANGUAGES["ar"]

# What a browser may ask for, longest first: a language, script or region, and what we have for it.
# Plain Kurdish is Sorani in Iraq; in Latin letters, or of Türkiye and Syria, it is Kurmanji.
_WANTED = {
    "ar": "ar", "en": "en", "ckb": "ckb", "ku": "ckb", "ku-latn": "kmr", "ku-tr": "kmr", "ku-sy": "kmr",
    "kmr": "kmr", "kmr-arab": "kmr-Arab", "kmr-iq": "kmr-Arab", "kmr-latn": "kmr",
}  # fmt: skip
_RANGE = re.compile(r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*", re.I)


def catalogue_path(code: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALES / code / "LC_MESSAGES" / "sila.po"


def compile_catalogue(path: Path) -> GNUTranslations:
    """Compile a `.po` file in memory."""
    # Babel is a quarter of what starting the portal costs, and needed only when a language is first asked for.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as po:
        catalogue = read_po(po)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _names(kind: str, locale: str) -> Mapping[int, str]:
    from babel import Locale

    return getattr(Locale.parse(locale), kind)["format"]["wide"]


@lru_cache(maxsize=512)
def negotiate(accept_language: str) -> Language:
    """The best of our languages for an `Accept-Language` header; Arabic where nothing fits."""
    wishes: list[tuple[float, int, Language]] = []
    for position, part in enumerate(accept_language[:500].split(",")):
        match = _RANGE.fullmatch(part)
        language = _ours(match[1].lower()) if match else None
        quality = float(match[2] or 1) if match else 0.0
        if language and quality > 0:
            wishes.append((-quality, position, language))
    return min(wishes, key=lambda wish: wish[:2])[2] if wishes else DEFAULT


def _ours(wanted: str) -> Language | None:
    while wanted:
        if wanted in _WANTED:
            return LANGUAGES[_WANTED[wanted]]
        wanted = wanted.rpartition("-")[0]
    return None


@lru_cache(maxsize=4096)
def date_in_words(day: datetime.date, code: str) -> str:
    """A day such as “24 November 2026”, in the language `code`."""
    language = LANGUAGES[code]
    return language.date.format(day=day.day, month=language.months[day.month - 1], year=day.year)


@lru_cache(maxsize=4096)
def weekday_and_date(day: datetime.date, code: str) -> str:
    """A day such as “Tuesday, 24 November 2026”, in the language `code`."""
    language = LANGUAGES[code]
    comma = "،" if language.is_rtl else ","
    return f"{language.weekdays[day.weekday()]}{comma} {date_in_words(day, code)}"


def local_time(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """An aware moment on the clocks of a time zone such as `Asia/Baghdad`."""
    return moment.astimezone(_zone(zone))


def can_be_shown(moment: datetime.datetime | str) -> bool:
    """Whether a moment (ISO 8601, where it is text) lies within the bounds, and so on the clocks of every zone.

    One that does not was kept before there were bounds; it is counted as left out.
    """
    try:
        at = datetime.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        is_fit = is_within_bounds(at)
    except (ValueError, TypeError):
        is_fit = False
    if not is_fit:
        moments_left_out.inc()
    return is_fit


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def grouped(number: int) -> str:
    """A number with Western digits in groups, by a comma, which keeps its order in right-to-left text."""
    return f"{number:,}"

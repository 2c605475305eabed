"""The report form: what was written, what is wrong with it, and the report that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.family import words
from portal.family.views import Errors, ReportForm
from portal.forms import Form
from portal.languages import LANGUAGES
from portal.one_time_codes import digits_of
from shared.messages.report_content import ReportContent
from shared.phones import InvalidPhone, parse_phone

SHORT = 200
LONG = 4000
TEXTS = (
    "given", "father", "grandfather", "family_name", "known_as", "mother", "birth_year", "last_seen_year",
    "last_seen_month", "last_seen_day", "place", "your_name", "phone",
)  # fmt: skip
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "sex": words.SEXES,
    "event": words.EVENTS,
    "governorate": words.GOVERNORATES,
    "relation": words.RELATIONS,
    "language": LANGUAGES,
    "channel": words.CHANNELS,
}
CONTACT_WAYS = frozenset({"sms", "call"})
EARLIEST_YEAR = 1900


@dataclass(frozen=True, slots=True)
class Written:
    """A form that can be sent: its content, and the phone in E.164 where one was given."""

    content: ReportContent
    phone: str | None


def read_report_form(form: Form) -> ReportForm:
    """What was written, as it was written."""
    return ReportForm(
        **{name: form[name] for name in (*TEXTS, *CHOICES, "happened")},
        consent_keep=form.has("consent_keep"),
        consent_share=frozenset(form.all("consent_share")),
        consent_contact=frozenset(form.all("consent_contact")) & CONTACT_WAYS,
        consent_publish=form.has("consent_publish"),
    )


def wrong_in(form: ReportForm, today: date) -> Errors:
    """What is wrong in a form: field → code in `words.PROBLEMS`. Empty where it can be sent."""
    found: dict[str, str] = {}
    if not form.given and not form.known_as:
        found["given"] = "name_required"
    found |= {name: "too_long" for name in TEXTS if len(getattr(form, name)) > SHORT}
    found |= {name: "choose" for name, allowed in CHOICES.items() if getattr(form, name) not in {"", *allowed}}
    if len(form.happened) > LONG:
        found["happened"] = "too_long"
    found |= _wrong_dates(form, today) | _wrong_phone(form)
    if not form.consent_keep:
        found["consent_keep"] = "consent"
    return found


def _wrong_dates(form: ReportForm, today: date) -> dict[str, str]:
    found: dict[str, str] = {}
    if form.birth_year and not _is_year(form.birth_year, today):
        found["birth_year"] = "year"
    if not any((form.last_seen_year, form.last_seen_month, form.last_seen_day)):
        return found
    if not _is_year(form.last_seen_year, today):
        found["last_seen_year"] = "year"
    elif not _is_past_date(form, today):
        found["last_seen_year"] = "date"
    return found


def _is_year(written: str, today: date) -> bool:
    digits = digits_of(written)
    return len(digits) == 4 and EARLIEST_YEAR <= int(digits) <= today.year


def _is_past_date(form: ReportForm, today: date) -> bool:
    year, month, day = _last_seen(form)
    if (form.last_seen_month and not month) or (form.last_seen_day and not day) or (day and not month):
        return False
    try:
        return date(year or 0, month or 1, day or 1) <= today
    except ValueError:
        return False


def _last_seen(form: ReportForm) -> tuple[int | None, int | None, int | None]:
    written = (form.last_seen_year, form.last_seen_month, form.last_seen_day)
    year, month, day = (int(digits_of(w)[:6] or 0) or None for w in written)
    return year, month, day


def _wrong_phone(form: ReportForm) -> dict[str, str]:
    if not form.phone:
        return {"phone": "phone_required"} if form.consent_contact else {}
    try:
        parse_phone(form.phone)
    except InvalidPhone:
        return {"phone": "phone"}
    return {}


def report_of(form: ReportForm, lang: str, institutions: set[str], text_version: str) -> Written:
    """The report that a form without errors makes. `institutions` are those that it may be shared with."""
    phone = parse_phone(form.phone) if form.phone else None
    year, month, day = _last_seen(form)
    content = {
        "person": _person(form),
        "event": {
            "code": form.event,
            "date": _given({"year": year, "month": month, "day": day}),
            "governorate": form.governorate,
            "place": form.place,
            "circumstances": form.happened,
        },
        "reporter": {
            "name": form.your_name,
            "relation": form.relation,
            "phone": phone,
            "language": form.language or lang,
            "channel": form.channel or "sms",
        },
        "consent": {
            "keep": True,
            "share": sorted(form.consent_share & institutions),
            "contact": sorted(form.consent_contact),
            "publish": form.consent_publish,
            "text_version": text_version,
            "language": lang,
        },
    }
    return Written(ReportContent.model_validate({name: _given(part) for name, part in content.items()}), phone)


def _person(form: ReportForm) -> dict[str, Any]:
    parts = {"given": form.given, "father": form.father, "grandfather": form.grandfather, "family": form.family_name}
    whole = " ".join(part for part in parts.values() if part)
    names = [{"raw": whole, "kind": "official", **_given(parts)}] if whole else []
    if form.known_as:
        names.append({"raw": form.known_as, "kind": "known_as"})
    born = {"year": int(digits_of(form.birth_year))} if form.birth_year else None
    sex = form.sex if form.sex in {"male", "female"} else None
    return {"names": names, "mother": form.mother, "sex": sex, "born": born}


def _given(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value not in ("", None, {})}

"""The report form: what was written, what is wrong with it, and the report, or the addition to one, that it makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from portal.family import words
from portal.family.report.dates import last_seen, wrong_dates, year_of
from portal.family.views import Errors, RelativeForm, ReportForm
from portal.forms import Form
from portal.languages import LANGUAGES
from shared.messages.report_content import ReportAddition, ReportContent
from shared.phones import InvalidPhone, parse_phone

SHORT = 200
LONG = 4000
MOST_RELATIVES = 30
TEXTS: Final = (
    "given", "father", "grandfather", "family_name", "known_as", "mother", "birth_year", "last_seen_year",
    "last_seen_month", "last_seen_day", "place", "your_name", "phone", "safe_times",
)  # fmt: skip
CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "sex": words.SEXES,
    "event": words.EVENTS,
    "governorate": words.GOVERNORATES,
    "relation": words.RELATIONS,
    "language": LANGUAGES,
    "channel": words.CHANNELS,
    "detail": words.DETAILS,
}
CONSENTS: Final = ("consent_keep", "consent_share", "consent_contact", "consent_publish")
CONTACT_WAYS: Final = frozenset({"sms", "call"})

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "person": ("given", "father", "grandfather", "family_name", "known_as", "mother", "sex", "birth_year"),
    "event": (
        "last_seen_year", "last_seen_month", "last_seen_day", "governorate", "place", "event", "happened",
    ),
    "relatives": (),
    "you": ("your_name", "relation", "phone", "safe_times", "language", "channel", "detail"),
    "consents": ("consent_share", "consent_contact", "consent_publish"),
}  # fmt: skip
"""The pages of a report, in their order, and the fields of each."""

ADDED: Final = (
    "known_as", "mother", "birth_year", "last_seen_year", "last_seen_month", "last_seen_day", "governorate", "place",
    "event", "happened",
)  # fmt: skip
"""What may be added to a report later, beside a relative."""


@dataclass(frozen=True, slots=True)
class Written:
    """A form that can be sent: its content, and the phone in E.164 where one was given."""

    content: ReportContent
    phone: str | None


def read_report_form(form: Form) -> ReportForm:
    """A whole form as it was written."""
    return read_form(form, (*TEXTS, *CHOICES, "happened", *CONSENTS))


def read_form(form: Form, names: Iterable[str], before: ReportForm | None = None) -> ReportForm:
    """The fields of a page as they were written; those of other pages stay as they were `before`."""
    return replace(before or ReportForm(), **{name: _value(form, name) for name in names}, **_relative(form))


def _value(form: Form, name: str) -> Any:
    if name == "consent_contact":
        return frozenset(form.all(name)) & CONTACT_WAYS
    if name == "consent_share":
        return frozenset(form.all(name))
    return form.has(name) if name in CONSENTS else form[name]


def _relative(form: Form) -> dict[str, Any]:
    names = ("relation", "name", "is_alive", "is_willing")
    written = {name: form[f"relative_{name}"] for name in names}
    return {"relative": RelativeForm(**written)} if any(written.values()) else {}


def wrong_in(form: ReportForm, today: date) -> Errors:
    """What is wrong in a whole form: field → code in `words.PROBLEMS`. Empty where it can be sent."""
    found = _wrong_values(form, today)
    if not form.given and not form.known_as:
        found = {"given": "name_required", **found}
    if not form.phone and form.consent_contact:
        found["phone"] = "phone_required"
    if not form.consent_keep:
        found["consent_keep"] = "consent"
    return found


def wrong_in_step(form: ReportForm, step: str, today: date) -> Errors:
    """What is wrong in the fields of one page. What is missing for the whole is said when it is read back."""
    return {name: code for name, code in _wrong_values(form, today).items() if name in STEPS[step]}


def wrong_in_addition(form: ReportForm, today: date) -> Errors:
    """What is wrong in an addition; that nothing was written is, too."""
    found = _wrong_values(form, today) | wrong_in_relative(form.relative)
    if not found and form.relative is None and not any(getattr(form, name) for name in ADDED):
        found["happened"] = "required"
    return found


def wrong_in_relative(relative: RelativeForm | None) -> dict[str, str]:
    """What is wrong in a relative's fields."""
    if relative is None:
        return {}
    found = {"relative_name": "too_long"} if len(relative.name) > SHORT else {}
    return found if relative.relation in words.RELATIVES else {"relative_relation": "choose", **found}


def _wrong_values(form: ReportForm, today: date) -> dict[str, str]:
    found = {name: "too_long" for name in TEXTS if len(getattr(form, name)) > SHORT}
    found |= {name: "choose" for name, allowed in CHOICES.items() if getattr(form, name) not in {"", *allowed}}
    if len(form.happened) > LONG:
        found["happened"] = "too_long"
    return found | wrong_dates(form, today) | _wrong_phone(form)


def _wrong_phone(form: ReportForm) -> dict[str, str]:
    if not form.phone:
        return {}
    try:
        parse_phone(form.phone)
    except InvalidPhone:
        return {"phone": "phone"}
    return {}


def step_of(field: str) -> str:
    """The page that a field is on."""
    return next((step for step, names in STEPS.items() if field in names), "person")


def report_of(form: ReportForm, lang: str, institutions: set[str], text_version: str) -> Written:
    """The report that a form without errors makes. `institutions` are those that it may be shared with."""
    phone = parse_phone(form.phone) if form.phone else None
    content = {
        "person": _person(form),
        "event": _event(form),
        "reporter": {
            "name": form.your_name,
            "relation": form.relation,
            "phone": phone,
            "language": form.language or lang,
            "channel": form.channel or "sms",
            "detail": form.detail or "neutral",
            "safe_times": form.safe_times,
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
    given = {name: _given(part) for name, part in content.items()}
    relatives = [_relative_entry(each) for each in form.relatives]
    return Written(ReportContent.model_validate(given | {"relatives": relatives}), phone)


def addition_of(form: ReportForm) -> ReportAddition:
    """What a form without errors adds to a report. Raises ValidationError."""
    person, event = _given(_person(form)), _given(_event(form))
    relatives = [_relative_entry(form.relative)] if form.relative else []
    return ReportAddition.model_validate({"person": person, "event": event, "relatives": relatives})


def _relative_entry(relative: RelativeForm) -> dict[str, Any]:
    answers = {"yes": True, "no": False}
    entry = {
        "relation": relative.relation,
        "name": relative.name,
        "is_alive": answers.get(relative.is_alive),
        "is_willing_to_give_sample": answers.get(relative.is_willing),
    }
    return _given(entry)


def _event(form: ReportForm) -> dict[str, Any]:
    year, month, day = last_seen(form)
    return {
        "code": form.event,
        "date": _given({"year": year, "month": month, "day": day}),
        "governorate": form.governorate,
        "place": form.place,
        "circumstances": form.happened,
    }


def _person(form: ReportForm) -> dict[str, Any]:
    parts = {"given": form.given, "father": form.father, "grandfather": form.grandfather, "family": form.family_name}
    whole = " ".join(part for part in parts.values() if part)
    names = [{"raw": whole, "kind": "official", **_given(parts)}] if whole else []
    if form.known_as:
        names.append({"raw": form.known_as, "kind": "known_as"})
    born = {"year": year_of(form.birth_year)} if form.birth_year else None
    sex = form.sex if form.sex in {"male", "female"} else None
    return {"names": names, "mother": form.mother, "sex": sex, "born": born}


def _given(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value not in ("", None, {}, [])}

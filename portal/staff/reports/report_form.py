"""The short report form of the desk: the main fields, and the report that they make."""

from typing import Any, get_args

from pydantic import ValidationError

from portal.family.words import GOVERNORATES
from portal.staff.fields import Fields, first_error
from shared.bounds import FIRST_DAY, LAST_DAY
from shared.messages.model import Language
from shared.messages.report_content import Channel, Detail, EventCode, Relation, ReportContent

RELATIONS = get_args(Relation)
EVENTS = get_args(EventCode)
LANGUAGES = get_args(Language)
CHANNELS = get_args(Channel)
DETAILS = get_args(Detail)
EARLIEST_YEAR = FIRST_DAY.year
LATEST_YEAR = LAST_DAY.year


def report_in(fields: Fields, institutions: set[str]) -> ReportContent | None:
    """The report that the form makes; None where something is wrong in it, which `fields` then says."""
    content = {
        "person": _person(fields),
        "event": _event(fields),
        "reporter": _reporter(fields),
        "consent": _consent(fields, institutions),
    }
    if not fields.are_right:
        return None
    try:
        return ReportContent.model_validate(content)
    except ValidationError as error:
        fields.wrong("given", f"The report cannot be taken like this: {first_error(error)['msg']}.")
        return None


def _person(fields: Fields) -> dict[str, Any]:
    parts = given({part: fields.text(part) for part in ("given", "father", "grandfather", "family")})
    known_as = fields.text("known_as")
    if "given" not in parts and not known_as:
        fields.wrong("given", "Please write at least the given name.")
    names = [{"raw": " ".join(parts.values()), **parts}] if parts else []
    names += [{"raw": known_as, "kind": "known_as"}] if known_as else []
    year = fields.whole("birth_year", EARLIEST_YEAR, LATEST_YEAR, is_required=False)
    more = {
        "mother": fields.text("mother"),
        "sex": fields.choice("sex", {"male", "female"}, is_required=False),
        "born": {"year": year, "precision": "year"} if year else None,
        "birthplace": fields.text("birthplace"),
    }
    return {"names": names, **given(more)}


def _event(fields: Fields) -> dict[str, Any]:
    year = fields.whole("event_year", EARLIEST_YEAR, LATEST_YEAR, is_required=False)
    month = fields.whole("event_month", 1, 12, is_required=False)
    if month and not year:
        fields.wrong("event_year", "A month needs its year.")
    return given(
        {
            "code": fields.choice("event", EVENTS, is_required=False),
            "date": given({"year": year, "month": month}),
            "governorate": fields.choice("governorate", GOVERNORATES, is_required=False),
            "place": fields.text("place"),
            "circumstances": fields.text("circumstances", longest=4000),
        }
    )


def _reporter(fields: Fields) -> dict[str, Any]:
    phone = fields.phone("phone")
    if fields.form.has("phone_verified") and not phone:
        fields.wrong("phone", "Which number was verified?")
    if fields.form.all("consent_contact") and not phone:
        fields.wrong("phone", "To be contacted, the family needs a phone number.")
    return given(
        {
            "name": fields.text("reporter_name"),
            "relation": fields.choice("relation", RELATIONS, is_required=False),
            "phone": phone,
            "phone_verified": fields.form.has("phone_verified"),
            "language": fields.choice("language", LANGUAGES),
            "channel": fields.choice("channel", CHANNELS),
            "detail": fields.choice("detail", DETAILS),
            "safe_times": fields.text("safe_times"),
        }
    )


def _consent(fields: Fields, institutions: set[str]) -> dict[str, Any]:
    if not fields.form.has("consent_keep"):
        fields.wrong("consent_keep", "Without this consent the report cannot be kept.")
    return {
        "keep": True,
        "share": fields.choices("consent_share", institutions),
        "contact": fields.choices("consent_contact", CHANNELS),
        "read_aloud": fields.form.has("read_aloud"),
        "language": fields.choice("language", LANGUAGES) or "ar",
        **given({"witness": fields.text("witness")}),
    }


def given(part: dict[str, Any]) -> dict[str, Any]:
    """What was filled in."""
    return {name: value for name, value in part.items() if value not in ("", None, {})}

"""What a family reads of its own report beyond where it stands: what it said, whose samples would help, who sees it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from portal.database import Database
from portal.family.views import ConcernView, MoreView, QuestionView
from portal.family.words import RELATIVES
from portal.files import FamilyFile
from portal.languages import can_be_shown, local_time
from portal.local_text import in_language
from portal.sealed_words import unsealed
from shared.messages.reports import Remark

HOME: Final = "Asia/Baghdad"
WHO = """
SELECT (SELECT jsonb_agg(jsonb_build_object('code', institution, 'name', name) ORDER BY institution)
        FROM institution WHERE institution = %(owner)s OR institution = ANY(%(share)s)) AS institutions,
    (SELECT name FROM staff WHERE staff = %(contact_person)s) AS contact_person
"""

NAMES = "SELECT institution, name FROM institution WHERE institution = ANY(%(codes)s)"


async def more_view(database: Database, file: FamilyFile, lang: str) -> MoreView:
    """What the page shows where the family chose to read more."""
    asked = {"owner": file.institution, "share": file.consent_share, "contact_person": file.contact_person}
    row = await database.one(WHO, asked)
    assert row
    named = {each["code"]: in_language(each["name"], lang) for each in row["institutions"] or ()}
    return MoreView(
        would_help=tuple(relation for relation in file.would_help if relation in RELATIVES),
        institutions=tuple(named.get(code) or code for code in dict.fromkeys((file.institution, *file.consent_share))),
        contact_person=row["contact_person"] or "",
        received_on=received_on(file.timeline),
    )


async def names_for(database: Database, file: FamilyFile, lang: str) -> dict[str, str]:
    """The names of the institutions that a file's page speaks of: code → name. Nothing is read where it names none."""
    codes = {*file.share_asked, *(row["desk"] for row in file.concerns or () if row["desk"])}
    if file.hand_over:
        codes.add(file.hand_over["to"])
    if not codes:
        return {}
    rows = await database.all(NAMES, {"codes": sorted(codes)})
    return {row["institution"]: in_language(row["name"], lang) or row["institution"] for row in rows}


def questions_of(file: FamilyFile, names: Mapping[str, str]) -> tuple[QuestionView, ...]:
    """What a family is asked, the hand-over of its report first."""
    asked = list[QuestionView]()
    if found := file.hand_over:
        name = names.get(found["to"], found["to"])
        asked.append(QuestionView("hand_over", f"hand_over:{found['hand_over']}", name, bool(found["is_agreed"])))
    asked.extend(QuestionView("share", f"share:{code}", names.get(code, code)) for code in file.share_asked)
    return tuple(asked)


def concern_view(row: Mapping[str, Any], names: Mapping[str, str]) -> ConcernView:
    """What a family said, who answers it by when, and its answer, opened for its own page."""
    about = row["concern"]
    words, answer = row["sealed_words"], row["sealed_answer"]
    return ConcernView(
        kind=row["concern_kind"],
        words=unsealed(words, Remark, f"concern:{about}").text if words else "",
        raised_on=day_of(row["raised_at"]),
        answer=unsealed(answer, Remark, f"answer:{about}").text if answer else "",
        answered_on=day_of(row["answered_at"]) if row["answered_at"] else None,
        desk=names.get(row["desk"] or "", ""),
        due_on=day_of(row["due_at"]) if row["due_at"] else None,
    )


def readable(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of a timeline whose day can be shown; what was projected before moments were bounded is left out."""
    return [step for step in steps if can_be_shown(step["at"])]


def received_on(timeline: Sequence[dict[str, Any]]) -> date | None:
    """The day of a file's first step."""
    steps = readable(timeline[:1])
    return day_of(steps[0]["at"]) if steps else None


def day_of(at: str) -> date:
    """The day of a moment (ISO 8601) in Baghdad."""
    return local_time(datetime.fromisoformat(at), HOME).date()

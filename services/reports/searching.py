"""Searching before reporting: whom an institution looks for, among the files it may see, best first."""

from typing import Any

from sqlmodel import Session

from services.reports import candidates
from services.reports.consent import may_see
from services.reports.linkage import Comparison, Record, compare
from services.reports.name_similarity import agree_in_own_and_father
from shared.messages.report_content import SearchContent

_MOST_RESULTS = 10
_LEAST_SCORE = 0.05
_LOOK_AT = 200


def search(db: Session, content: dict[str, Any], institution: str | None) -> list[dict[str, Any]]:
    """Reports like the content, with score and reasons; at most ten, none that is hardly like it."""
    wanted = SearchContent.model_validate(content)
    record = candidates.record_of(wanted.person, wanted.event)
    seen = [found for found in candidates.find(db, record, most=_LOOK_AT) if may_see(found, institution)]
    compared = [(compare(record, found.record), found) for found in seen]
    weighed = [(each, found.reference) for each, found in compared if _is_worth_showing(record, found.record, each)]
    weighed.sort(key=lambda pair: (-pair[0].score, pair[1]))
    return [
        {
            "reference": reference,
            "score": round(comparison.score, 4),
            "explanation": [evidence.as_json() for evidence in comparison.explanation],
        }
        for comparison, reference in weighed[:_MOST_RESULTS]
    ]


def _is_worth_showing(wanted: Record, found: Record, comparison: Comparison) -> bool:
    """Likely enough, or at least of the same own and father's name: more is often not known of whom one looks for."""
    return comparison.score >= _LEAST_SCORE or any(
        agree_in_own_and_father(one, other) for one in wanted.names for other in found.names
    )

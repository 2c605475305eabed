"""Links as reviewers and institutions read them: both references, the score, and the reasons field by field."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from services.reports.consent import may_see, visible_to
from services.reports.linking import links_of
from services.reports.sealed import unseal
from services.reports.tables import LinkDecision, Report, ReportLink

_MOST_LINKS = 200


def links_to_review(db: Session, institution: str | None, most: int = 50) -> list[dict[str, Any]]:
    """The proposed links between reports that an institution may both see, likeliest first."""
    first, second = aliased(Report), aliased(Report)
    wanted = (
        select(ReportLink, first, second)
        .join(first, col(first.reference) == col(ReportLink.first))
        .join(second, col(second.reference) == col(ReportLink.second))
        .where(col(ReportLink.state) == "proposed", visible_to(institution, first), visible_to(institution, second))
        .order_by(col(ReportLink.score).desc(), col(ReportLink.proposed_at))
        .limit(min(most, _MOST_LINKS))
    )
    return [_link(link, [one, other]) for link, one, other in db.exec(wanted)]


def read_link(db: Session, link: str, institution: str | None) -> dict[str, Any]:
    """One link with its decisions. Raises LookupError, also where the institution may not see both reports."""
    found = db.get(ReportLink, UUID(link))
    if found is None:
        raise LookupError
    reports = _both(db, found)
    if not all(may_see(report, institution) for report in reports):
        raise LookupError
    return {**_link(found, reports), "decisions": _decisions(db, found.id)}


def links_of_report(db: Session, report: Report, institution: str | None) -> list[dict[str, Any]]:
    """A report's links to others that an institution may see: the other's reference, score, state and reasons."""
    links: list[dict[str, Any]] = []
    for link in links_of(db, report.reference):
        other = db.get_one(Report, link.second if link.first == report.reference else link.first)
        if may_see(other, institution):
            links.append(
                {
                    "link": str(link.id),
                    "reference": other.reference,
                    "institution": other.institution,
                    "score": round(link.score, 4),
                    "state": link.state,
                    "explanation": link.explanation if link.first == report.reference else _turned(link.explanation),
                }
            )
    return links


def _both(db: Session, link: ReportLink) -> list[Report]:
    return [db.get_one(Report, link.first), db.get_one(Report, link.second)]


def _link(link: ReportLink, reports: list[Report]) -> dict[str, Any]:
    return {
        "link": str(link.id),
        "version": link.version,
        "state": link.state,
        "score": round(link.score, 4),
        "proposed_at": link.proposed_at.isoformat(),
        "references": [report.reference for report in reports],
        "institutions": [report.institution for report in reports],
        "names": [next(iter(report.linkage.get("names", ())), "") for report in reports],
        "explanation": link.explanation,
    }


def _turned(explanation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**evidence, "a": evidence["b"], "b": evidence["a"]} for evidence in explanation]


def _decisions(db: Session, link: UUID) -> list[dict[str, Any]]:
    rows = select(LinkDecision).where(col(LinkDecision.link) == link).order_by(col(LinkDecision.id))
    return [
        {
            "decision": row.decision,
            "by": str(row.by),
            "institution": row.institution,
            "reason": row.sealed_reason and unseal(row.sealed_reason, f"link:{link}"),
            "decided_at": row.decided_at.isoformat(),
        }
        for row in db.exec(rows)
    ]

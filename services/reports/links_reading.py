"""Links as reviewers and institutions read them: both references, the score, and the reasons field by field."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from services.reports.consent import may_see, visible_to
from services.reports.linking import links_of, why_two
from services.reports.sealed import unseal
from services.reports.tables import LinkDecision, Report, ReportLink, ShareAsked

_MOST_LINKS = 200
WAITING = ("proposed", "in_review")
DECIDED = ("linked", "rejected", "undone")


def links_for_national(db: Session, most: int = 50) -> list[dict[str, Any]]:
    """The proposed links of reports whose institutions may not read each other's, likeliest first, without a name.

    They are the national link reviewers' to decide. The page shows no reference: it leaves own relatives' out by them.
    """
    first, second = aliased(Report), aliased(Report)
    wanted = (
        select(ReportLink, first, second)
        .join(first, col(first.reference) == col(ReportLink.first))
        .join(second, col(second.reference) == col(ReportLink.second))
        .where(col(ReportLink.state).in_(WAITING), _is_closed_to_a_side(first, second))
        .order_by(col(ReportLink.score).desc(), col(ReportLink.proposed_at))
        .limit(min(most, _MOST_LINKS))
    )
    return [_without_names(link, [one, other]) for link, one, other in db.exec(wanted)]


def decided_links(db: Session, institution: str | None, most: int = 20) -> list[dict[str, Any]]:
    """The pairs that were decided last, whose decision may be taken back; None is a national reviewer, who sees no
    names here and whose pairs are those that were closed to a side before families were asked.
    """
    first, second = aliased(Report), aliased(Report)
    later = aliased(LinkDecision)
    is_newest = ~exists().where(col(later.link) == col(LinkDecision.link), col(later.id) > col(LinkDecision.id))
    asked = exists().where(col(ShareAsked.link) == col(ReportLink.id))
    is_theirs = (
        or_(_is_closed_to_a_side(first, second), asked)
        if institution is None
        else and_(
            visible_to(institution, first),
            visible_to(institution, second),
            or_(col(first.institution) == institution, col(second.institution) == institution),
        )
    )
    wanted = (
        select(ReportLink, first, second, LinkDecision.decided_at)
        .join(LinkDecision, col(LinkDecision.link) == col(ReportLink.id))
        .join(first, col(first.reference) == col(ReportLink.first))
        .join(second, col(second.reference) == col(ReportLink.second))
        .where(col(ReportLink.state).in_(DECIDED), is_newest, is_theirs)
        .order_by(col(LinkDecision.id).desc())
        .limit(min(most, _MOST_LINKS))
    )
    shown = _without_names if institution is None else _link
    return [
        {**shown(link, [one, other]), "decided_at": decided_at.isoformat()}
        for link, one, other, decided_at in db.exec(wanted)
    ]


def _is_closed_to_a_side(first: Any, second: Any) -> ColumnElement[bool]:
    """Whether one of two institutions may not read the other's report."""
    return and_(
        col(first.institution) != col(second.institution),
        or_(
            ~col(first.shared_with).contains(func.jsonb_build_array(col(second.institution))),
            ~col(second.shared_with).contains(func.jsonb_build_array(col(first.institution))),
        ),
    )


def _without_names(link: ReportLink, reports: list[Report]) -> dict[str, Any]:
    return {
        "link": str(link.id),
        "state": link.state,
        "score": round(link.score, 4),
        "proposed_at": link.proposed_at.isoformat(),
        "references": [report.reference for report in reports],  # by which own relatives' pairs are left out
        "institutions": [report.institution for report in reports],
    }


def links_to_review(db: Session, institution: str, most: int = 50) -> list[dict[str, Any]]:
    """The proposed links that a reviewer of an institution decides, likeliest first.

    It is responsible for one of the two reports, and may see both.
    """
    first, second = aliased(Report), aliased(Report)
    wanted = (
        select(ReportLink, first, second)
        .join(first, col(first.reference) == col(ReportLink.first))
        .join(second, col(second.reference) == col(ReportLink.second))
        .where(
            col(ReportLink.state).in_(WAITING),
            visible_to(institution, first),
            visible_to(institution, second),
            or_(col(first.institution) == institution, col(second.institution) == institution),
        )
        .order_by(col(ReportLink.score).desc(), col(ReportLink.proposed_at))
        .limit(min(most, _MOST_LINKS))
    )
    return [_link(link, [one, other]) for link, one, other in db.exec(wanted)]


def read_link(db: Session, link: str, institution: str | None, reviewer: str | None = None) -> dict[str, Any]:
    """One link with its decisions; None is a national reviewer. Raises LookupError, also where the institution may not
    see both reports.

    Where two have to decide, what the first decided shows to nobody but that reviewer until the second has.
    """
    found = db.get(ReportLink, UUID(link))
    if found is None:
        raise LookupError
    reports = _both(db, found)
    if not all(may_see(report, institution) for report in reports):
        raise LookupError
    decisions = _decisions(db, found.id)
    if found.state == "in_review" and (reviewer is None or UUID(reviewer) != found.first_reviewer):
        decisions = decisions[:-1]
    return {
        **_link(found, reports),
        "decisions": decisions,
        "why_two": why_two(db, reports),
        "is_mine": reviewer is not None and found.first_reviewer == UUID(reviewer),
    }


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


def is_known_elsewhere(db: Session, report: Report, institution: str | None) -> bool:
    """Whether another institution, whose report the responsible one may not see, may know the same person.

    Only the responsible institution is told.
    """
    if institution != report.institution:
        return False
    for link in links_of(db, report.reference):
        if link.state == "linked":
            other = db.get_one(Report, link.second if link.first == report.reference else link.first)
            if not may_see(other, report.institution):
                return True
    return False


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

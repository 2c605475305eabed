"""What only reviewers, and the case manager who is assigned, may read.

The portal checks the role, asks for the reason and writes the audit record before it asks here."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from services.matching import samples
from services.matching.checks import Findings
from services.matching.sealed import open_from
from services.matching.tables import (
    ContactRequest,
    GivenReview,
    Match,
    MatchDonor,
    Meeting,
    Occasion,
    RecordedReport,
    Sample,
    SampleFamily,
)
from shared.messages.matching import LaboratoryReport, MeetingAccount, Opinion

UNDECIDED = ("to_check", "in_review")


def reviews_open(db: Session, reviewer: str) -> list[dict[str, Any]]:
    """The review list as a reviewer sees it: what waits for a first or a second opinion, oldest first."""
    wanted = (
        select(Match, RecordedReport)
        .join(RecordedReport, col(RecordedReport.id) == col(Match.id))
        .where(col(Match.state).in_(UNDECIDED))
        .order_by(col(RecordedReport.recorded_at))
    )
    waiting = db.exec(wanted).all()
    references = _references(db, [m.id for m, _ in waiting])
    return [_in_list(m, r, UUID(reviewer), references[m.id]) for m, r in waiting]


def _references(db: Session, matches: list[UUID]) -> dict[UUID, list[str]]:
    """The reports that each match is about. The list does not show them: it leaves out own relatives' by them."""
    wanted = (
        select(MatchDonor.match, SampleFamily.reference)
        .join(SampleFamily, col(SampleFamily.sample) == col(MatchDonor.sample))
        .where(col(MatchDonor.match).in_(matches))
    )
    found: dict[UUID, set[str]] = {each: set() for each in matches}
    for match_id, reference in db.exec(wanted):
        found[match_id].add(reference)
    return {each: sorted(references) for each, references in found.items()}


def _in_list(match: Match, report: RecordedReport, reviewer: UUID, references: list[str]) -> dict[str, Any]:
    return {
        "item": str(match.id),
        "state": match.state,
        "institution": report.institution,
        "recorded_at": report.recorded_at.isoformat(),
        "opinions": 0 if match.first_reviewer is None else 1,
        "references": references,
        "is_mine": reviewer in (match.first_reviewer, match.handed_in_by),
    }


def match(db: Session, item: str, reviewer: str) -> dict[str, Any]:
    """A match report with what the checks found.

    What the reviewers said shows to who has given an opinion, or once it is decided: nobody judges a match after
    reading another's opinion. Raises LookupError.
    """
    found = db.get(Match, UUID(item))
    report = db.get(RecordedReport, UUID(item))
    if found is None or report is None:
        raise LookupError("no such item")
    content = open_from("laboratory_report", report.id, LaboratoryReport, report.sealed_report)
    findings = open_from("findings", found.id, Findings, found.sealed_findings)
    return {
        **_in_list(found, report, UUID(reviewer), _references(db, [found.id])[found.id]),
        "report": content.model_dump(mode="json", exclude={"kind", "barcode", "quality"}),
        "findings": findings.codes,
        "donors": _donors(db, found.id),
        "reviews": _reviews(db, found, UUID(reviewer)),
    }


def _donors(db: Session, match_id: UUID) -> list[dict[str, Any]]:
    of_match = select(MatchDonor.sample).where(MatchDonor.match == match_id)
    donors = db.exec(select(Sample).where(col(Sample.id).in_(of_match)).order_by(Sample.barcode)).all()
    references = samples.references_of(db, donors)
    return [
        {"barcode": s.barcode, "relation": s.relation, "state": s.state, "references": references[s.barcode]}
        for s in donors
    ]


def _reviews(db: Session, match: Match, reviewer: UUID) -> list[dict[str, Any]]:
    wanted = select(GivenReview).where(GivenReview.match == match.id).order_by(col(GivenReview.given_at))
    given = db.exec(wanted).all()
    if match.state in UNDECIDED and reviewer not in {each.reviewer for each in given}:
        return []
    return [
        {
            "reviewer": str(r.reviewer),
            "decision": r.decision,
            "reason": open_from("review", f"{r.match}:{r.reviewer}", Opinion, r.sealed_opinion).reason,
            "given_at": r.given_at.isoformat(),
        }
        for r in given
    ]


def occasion(db: Session, contact_request: str, case_manager: str) -> dict[str, Any]:
    """Why a family is asked, for the case manager who is assigned and for nobody else. Raises LookupError."""
    request = _of_case_manager(db, contact_request, case_manager)
    occasions = db.exec(
        select(Occasion).where(Occasion.contact_request == request.id).order_by(col(Occasion.planned_at))
    ).all()
    return {
        "occasion": "grave" if any(o.kind == "grave" for o in occasions) else "routine",
        "reasons": sorted({o.reason for o in occasions}),
        "items": [str(o.match) for o in occasions if o.match is not None],
    }


def meeting(db: Session, contact_request: str, case_manager: str) -> dict[str, Any]:
    """What a case manager recorded of a meeting, for that case manager. Raises LookupError."""
    request = _of_case_manager(db, contact_request, case_manager)
    found = db.get(Meeting, request.id)
    if found is None:
        raise LookupError("not met yet")
    account = open_from("meeting", request.id, MeetingAccount, found.sealed_account)
    return {**account.model_dump(mode="json"), "recorded_at": found.recorded_at.isoformat()}


def _of_case_manager(db: Session, contact_request: str, case_manager: str) -> ContactRequest:
    request = db.get(ContactRequest, UUID(contact_request))
    if request is None or request.case_manager != UUID(case_manager):
        raise LookupError("no such contact request of this case manager")
    return request

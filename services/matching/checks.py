"""What is looked at in a match report before people review it.

A finding stops nothing: the reviewers see and weigh it."""

from typing import Literal

from pydantic import BaseModel
from sqlmodel import Session, select

from services.matching import samples
from services.matching.sealed import index_of
from services.matching.tables import Match, RecordedReport, Sample
from shared.messages.matching import LaboratoryReport
from shared.settings import settings

Finding = Literal[
    "remains_seen_before",
    "laboratory_number_seen_before",
    "posterior_missing",
    "posterior_below_threshold",
    "donors_of_different_families",
    "donor_without_report",
    "sample_not_usable",
    "not_signed",
]


class Findings(BaseModel):
    """What the checks found in a match report."""

    codes: list[Finding]


def find(db: Session, institution: str, report: LaboratoryReport, donors: list[Sample]) -> Findings:
    """What a reviewer should know of a match report that an institution hands in, and of its donors' samples."""
    of_report = findings_of_report(report, settings().match_posterior_threshold)
    of_donors = findings_of_donors(samples.references_of(db, donors), [s.state for s in donors])
    return Findings(codes=[*_seen_before(db, institution, report), *of_report, *of_donors])


def findings_of_report(report: LaboratoryReport, threshold: float) -> list[Finding]:
    """What a report lacks by itself; the laboratory's threshold is a posterior probability."""
    found: list[Finding] = []
    if report.posterior is None:
        found.append("posterior_missing")
    elif report.posterior < threshold:
        found.append("posterior_below_threshold")
    if not report.signed_by or report.signed_at is None:
        found.append("not_signed")
    return found


def findings_of_donors(references: dict[str, list[str]], states: list[str]) -> list[Finding]:
    """What is odd about donors: `references` are the reports each donor's sample was given for, by barcode."""
    found: list[Finding] = []
    families = [set(r) for r in references.values()]
    if not all(families):
        found.append("donor_without_report")
    if not _hang_together([f for f in families if f]):
        found.append("donors_of_different_families")
    if any(state != "usable" for state in states):
        found.append("sample_not_usable")
    return found


def _hang_together(families: list[set[str]]) -> bool:
    """Whether each donor shares a report with another, and so all with all."""
    if not families:
        return True
    joined, rest = set(families[0]), families[1:]
    while touching := [f for f in rest if f & joined]:
        rest = [f for f in rest if not f & joined]
        joined = joined.union(*touching)
    return not rest


def _seen_before(db: Session, institution: str, report: LaboratoryReport) -> list[Finding]:
    found: list[Finding] = []
    remains = index_of("remains", report.remains_barcode or "")
    if db.exec(select(Match.id).where(Match.remains_index == remains)).first():
        found.append("remains_seen_before")
    number = index_of_number(institution, report.laboratory_number)
    if db.exec(select(RecordedReport.id).where(RecordedReport.number_index == number)).first():
        found.append("laboratory_number_seen_before")
    return found


def index_of_number(institution: str, laboratory_number: str) -> str:
    """By which a laboratory's own number is found again, within the institution that hands its reports in."""
    return index_of("number", f"{institution}:{laboratory_number}")

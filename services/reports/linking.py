"""Linking: reports of one person are proposed by comparison, decided by a reviewer, and taken apart again at will.

Every report stays a file of its own. A link only says which case it belongs to, and no family's file shows it.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import nlargest
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.reports import candidates, metrics, sharing
from services.reports.candidates import Candidate, as_record
from services.reports.consent import may_see
from services.reports.files import lock_report, note_change
from services.reports.linkage import PROPOSE_FROM, Comparison, Record, compare, is_hopeless
from services.reports.sealed import opened, seal_if
from services.reports.tables import LinkDecision, Report, ReportLink, Statement
from shared.database import now
from shared.messages.model import Actor, Command
from shared.messages.reports import CaseLinked, CaseUnlinked, DecideLink, LinkProposed, Remark
from shared.messaging.outbox import caused_by, publish
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change

_MOST_PROPOSED: Final = 10
_SEARCH_LOCK: Final = 0x11AC
_EVENT_BEGAN: Final = {
    "FAILY_1980": 1980, "IRAN_IRAQ_WAR": 1980, "DUJAIL_1982": 1982, "BARZANI_1983": 1983, "ANFAL_1988": 1988,
    "HALABJA_1988": 1988, "KUWAIT_1990": 1990, "UPRISING_1991": 1991, "BAATH_PRISON": 1968, "WAR_2003": 2003,
    "SECTARIAN_2006_08": 2006, "DAESH_2014_17": 2014, "SPEICHER": 2014, "BADUSH": 2014, "SINJAR": 2014,
    "KOCHO": 2014, "TURKMEN_TALAFAR": 2014, "ALBU_NIMR": 2014, "MOSUL_2016_17": 2016, "ANBAR_2014_17": 2014,
    "PROTEST_2019": 2019,
}  # fmt: skip
"""The first year of an event, by its code; the others' codes say nothing of when."""


class UnknownLink(Refusal):
    """There is no such link."""

    reason = "unknown_link"


class SameReviewer(Refusal):
    """Two people have to decide on this pair, and this one has decided already."""

    reason = "same_reviewer"


class DecisionNotAllowed(Refusal):
    """This decision cannot follow the link's state."""

    reason = "decision_not_allowed"


_MAY_FOLLOW = {
    "proposed": ("linked", "rejected"),
    "in_review": ("linked", "rejected"),
    "linked": ("undone",),
    "rejected": ("undone", "linked"),
    "undone": ("linked", "rejected"),
}


def lock_search(db: Session) -> None:
    """Let no other transaction look for links until this one ends.

    Else two processes that take in one person's reports at the same moment would each miss the other's.
    """
    db.connection().exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SEARCH_LOCK})")


def propose_links(db: Session, reports: Sequence[tuple[Command, Candidate]]) -> None:
    """Compare reports, which are written, with those like them, and propose the best of each to the reviewers.

    Proposed pairs stay as they are. Each report comes with the command that changed it, which a proposal answers.
    """
    found = candidates.find_all(db, {own.reference: own.record for _, own in reports})
    causes: dict[str, Command] = {}
    proposed: dict[tuple[str, str], _Proposal] = {}
    for command, own in reports:
        causes[own.reference] = command
        metrics.candidates_compared.observe(len(found[own.reference]))
        for proposal in _best(own, found[own.reference], proposed):
            proposed[proposal.pair] = proposal
    for proposal, link in _write(db, proposed):
        metrics.links_proposed.inc()
        caused_by(db, next(causes[reference] for reference in proposal.pair if reference in causes))
        publish(db, LinkProposed(link=link, version=1, institutions=proposal.institutions))


class _Proposal(NamedTuple):
    pair: tuple[str, str]
    institutions: list[str]
    comparison: Comparison


def _best(own: Candidate, others: Iterable[Candidate], known: Container[tuple[str, str]]) -> list[_Proposal]:
    """The likeliest of the others, without pairs that are known."""
    likely: list[_Proposal] = []
    for other in others:
        first, second = sorted((own, other), key=lambda candidate: candidate.reference)
        pair = (first.reference, second.reference)
        if pair not in known and not is_hopeless(first.record, second.record):
            comparison = compare(first.record, second.record)
            if comparison.score >= PROPOSE_FROM:
                likely.append(_Proposal(pair, sorted({first.institution, second.institution}), comparison))
    return nlargest(_MOST_PROPOSED, likely, key=lambda each: each.comparison.score)


def _write(db: Session, proposed: Mapping[tuple[str, str], _Proposal]) -> Iterator[tuple[_Proposal, UUID]]:
    """Write proposals, and tell those whose pair had no link yet, with the link's id."""
    rows = [
        {
            "id": uuid4(),
            "version": 1,
            "first": pair[0],
            "second": pair[1],
            "state": "proposed",
            "score": proposal.comparison.score,
            "explanation": [evidence.as_json() for evidence in proposal.comparison.explanation],
            "proposed_at": now(db),
        }
        for pair, proposal in proposed.items()
    ]
    if rows:
        new = insert(ReportLink).values(rows).on_conflict_do_nothing()
        written = new.returning(col(ReportLink.first), col(ReportLink.second), col(ReportLink.id))
        for first, second, link in db.connection().execute(written):
            yield proposed[first, second], link


def decide_link(db: Session, command: DecideLink) -> None:
    """Link two reports, keep them apart, or take such a decision back; each decision stays on record.

    Where lives may depend on it, two people have to agree, each without knowing what the other decided; where they do
    not, it is proposed anew. Once a pair is linked whose sides may not read each other, each family is asked whether
    the other's institution may read its report.
    Refuses with UnknownLink, NotYours, SameReviewer, or DecisionNotAllowed where it cannot follow the link's state.
    """
    link = _lock_link(db, command.link)
    reports = [lock_report(db, reference) for reference in (link.first, link.second)]
    if not may_decide(command.actor, reports):
        raise NotYours
    if link.state == command.decision:
        return
    if command.decision not in _MAY_FOLLOW[link.state]:
        raise DecisionNotAllowed(state=link.state)
    if command.by == link.first_reviewer:
        raise SameReviewer
    was_linked = link.state == "linked"
    db.add(_decision(db, command))
    link.version += 1
    db.add(link)
    if command.decision != "undone" and why_two(db, reports) and not _is_second(link, command):
        return
    link.state, link.first_reviewer, link.first_decision = command.decision, None, None
    metrics.link_decisions.labels(command.decision).inc()
    if was_linked or link.state == "linked":
        _regroup(db, reports)
        _tell(db, link, reports)
        db.flush()
        if link.state == "linked":
            sharing.ask_families(db, link.id, reports)
        else:
            sharing.end_questions(db, link.id, reports)


def _is_second(link: ReportLink, command: DecideLink) -> bool:
    """Note the first of two decisions; whether this is the second, and agrees with it."""
    if link.first_reviewer is None:
        link.state, link.first_reviewer, link.first_decision = "in_review", command.by, command.decision
        return False
    if link.first_decision != command.decision:
        link.state, link.first_reviewer, link.first_decision = "proposed", None, None
        return False
    return True


def why_two(db: Session, reports: Sequence[Report]) -> list[str]:
    """Why two people have to decide on a pair: `minor`, `declared_dead`, `sex_differs`; empty where one is enough.

    A minor is who may have been younger than 18 at the event or be so today, by what the reports state together: the
    youngest age that one gives at the earliest event of any. An event without a date began in its first year.
    """
    records = [as_record(report.linkage) for report in reports]
    found: list[str] = []
    if _may_be_minor(records, now(db).date()):
        found.append("minor")
    dead = select(Statement.id).where(
        col(Statement.reference).in_([report.reference for report in reports]),
        Statement.field == "declared_dead",
        Statement.value == "yes",
    )
    if db.exec(dead.limit(1)).first() is not None:
        found.append("declared_dead")
    if len({record.sex for record in records if record.sex}) > 1:
        found.append("sex_differs")
    return found


def _may_be_minor(records: Sequence[Record], today: date) -> bool:
    births = [record.born.latest for record in records if record.born]
    happened = min((began for record in records if (began := _earliest_event(record))), default=today)
    grown_up_if_born_by = happened.replace(year=happened.year - 18, day=min(happened.day, 28))
    return any(birth > grown_up_if_born_by for birth in births)


def _earliest_event(record: Record) -> date | None:
    if record.event_date:
        return record.event_date.earliest
    year = _EVENT_BEGAN.get(record.event or "")
    return date(year, 1, 1) if year else None


def may_decide(actor: Actor, reports: Sequence[Report]) -> bool:
    """Whether somebody may decide on the link of two reports: a reviewer of the institution that is responsible for one
    and may read the other, or a national link reviewer, to whom alone a pair goes whose sides may not read each other.
    """
    institution = None if actor.national else actor.institution
    return any(
        may_change(actor, institution=report.institution, national="link_reviewer") for report in reports
    ) and all(may_see(report, institution) for report in reports)


def _lock_link(db: Session, link: UUID) -> ReportLink:
    wanted = select(ReportLink).where(col(ReportLink.id) == link).with_for_update()
    found = db.exec(wanted, execution_options={"populate_existing": True}).first()
    if found is None:
        raise UnknownLink
    return found


def _decision(db: Session, command: DecideLink) -> LinkDecision:
    remark = opened(command.reason, Remark, command.link).text if command.reason else None
    return LinkDecision(
        link=command.link,
        decision=command.decision,
        by=command.by,
        institution=command.institution,
        sealed_reason=seal_if(remark, f"link:{command.link}"),
        decided_at=now(db),
    )


def _regroup(db: Session, changed: Iterable[Report]) -> None:
    """Give all reports that hang together by links one case: the one that the earliest of them opened."""
    cases = {report.case for report in changed}
    members = db.exec(select(Report).where(col(Report.case).in_(cases)).order_by(col(Report.reference))).all()
    references = [report.reference for report in members]
    linked = select(ReportLink.first, ReportLink.second).where(
        col(ReportLink.state) == "linked", col(ReportLink.first).in_(references)
    )
    by_reference = {report.reference: report for report in members}
    for group in hanging_together(references, db.exec(linked)):
        earliest = min((by_reference[r] for r in group), key=lambda report: (report.received_at, report.reference))
        for reference in group:
            by_reference[reference].case = earliest.own_case
            db.add(by_reference[reference])


def hanging_together(references: Sequence[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The references in groups that hang together by links, each in its order."""
    group_of = {reference: reference for reference in references}

    def root(reference: str) -> str:
        while group_of[reference] != reference:
            reference = group_of[reference]
        return reference

    for first, second in links:
        group_of[root(second)] = root(first)
    groups: dict[str, list[str]] = defaultdict(list)
    for reference in references:
        groups[root(reference)].append(reference)
    return list(groups.values())


def _tell(db: Session, link: ReportLink, reports: Sequence[Report]) -> None:
    references = [link.first, link.second]
    for report in reports:
        note_change(db, report, "case_linked" if link.state == "linked" else "case_unlinked")
    if link.state == "linked":
        publish(db, CaseLinked(link=link.id, version=link.version, case=reports[0].case, references=references))
    else:
        publish(db, CaseUnlinked(link=link.id, version=link.version, references=references))


def links_of(db: Session, reference: str) -> list[ReportLink]:
    """The links of a report, likeliest first."""
    mine = or_(col(ReportLink.first) == reference, col(ReportLink.second) == reference)
    return list(db.exec(select(ReportLink).where(mine).order_by(col(ReportLink.score).desc(), col(ReportLink.id))))

"""Two people look at a match report, each for themselves; only when both confirm it are families to be asked to come.
Nothing about it leaves this database."""

from sqlmodel import Session, select

from services.matching.contacting import plan_for_match
from services.matching.sealed import seal_in
from services.matching.tables import GivenReview, Match
from shared.database import now
from shared.messages.matching import Opinion, Review
from shared.messages.model import open_content
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change


class UnknownItem(Refusal):
    """There is no such item on the review list."""

    reason = "unknown_item"


class AlreadyDecided(Refusal):
    """Two confirmed it, or one rejected it."""

    reason = "already_decided"


class SameReviewer(Refusal):
    """This person has given an opinion on it; another one is needed."""

    reason = "same_reviewer"


class OwnReport(Refusal):
    """Who handed a report in does not review it."""

    reason = "own_report"


def review(db: Session, command: Review) -> None:
    """Take a reviewer's opinion: the second to confirm decides, and so does the first to reject.

    A match is nobody's own: whoever reviews acts in that national role.
    Refuses with UnknownItem, NotYours, AlreadyDecided, SameReviewer or OwnReport.
    """
    opinion = open_content(command.opinion, Opinion, str(command.item))
    match = db.exec(
        select(Match).where(Match.id == command.item).with_for_update().execution_options(populate_existing=True)
    ).first()
    if match is None:
        raise UnknownItem
    refuse_unless_may_change(command.actor, national="match_reviewer")
    if match.state in ("confirmed", "rejected"):
        raise AlreadyDecided
    if command.by == match.handed_in_by:
        raise OwnReport
    if command.by == match.first_reviewer:
        raise SameReviewer
    _keep(db, command, opinion)
    if opinion.decision == "reject":
        _decide(db, match, "rejected")
    elif match.first_reviewer is None:
        match.first_reviewer, match.state = command.by, "in_review"
    else:
        match.second_reviewer = command.by
        _decide(db, match, "confirmed")
        plan_for_match(db, match.id)


def _keep(db: Session, command: Review, opinion: Opinion) -> None:
    db.add(
        GivenReview(
            match=command.item,
            reviewer=command.by,
            decision=opinion.decision,
            sealed_opinion=seal_in("review", f"{command.item}:{command.by}", opinion),
            given_at=now(db),
        )
    )


def _decide(db: Session, match: Match, state: str) -> None:
    match.state, match.decided_at = state, now(db)
    db.flush()

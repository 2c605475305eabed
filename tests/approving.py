"""A notice as its drafter writes it and as a second person approves it: with the words that the gateway sends."""

import json
from uuid import UUID, uuid4

from services.gateway.texts import as_json
from services.gateway.words.preview import digest_as_sent, preview
from services.outreach.notices import approval_digest
from services.outreach.tables import Meeting, Notice
from shared.messages.approval import Digest
from shared.messages.gateway import Values
from shared.messages.model import Actor, LocalText
from shared.messages.outreach import ApproveNotice, Audience, DraftNotice, PlanMeeting


def words_sent(plan: PlanMeeting, template: str = "townhall") -> LocalText:
    """What families will read of a meeting."""
    values = {"starts_at": plan.starts_at.isoformat(), "place": plan.place}
    return {each["language"]: each["text"] for each in preview(template, values, plan.time_zone)}


def drafted(plan: PlanMeeting, audience: Audience, notice: UUID | None = None) -> DraftNotice:
    """The invitation to a meeting, drafted by whoever planned it."""
    return DraftNotice(
        actor=plan.actor,
        notice=notice or uuid4(),
        meeting=plan.meeting,
        template="townhall",
        audience=audience,
        words=words_sent(plan),
    )


def approved(plan: PlanMeeting, draft: DraftNotice, by: Actor) -> ApproveNotice:
    """A second person's approval of it."""
    notice = Notice(id=draft.notice, template=draft.template, audience=draft.audience.model_dump(mode="json"))  # pyright: ignore[reportCallIssue]
    meeting = Meeting(**plan.model_dump(include={"title", "place", "governorate", "starts_at", "time_zone"}))  # pyright: ignore
    return ApproveNotice(actor=by, notice=draft.notice, digest=approval_digest(notice, meeting, draft.words))


def words_digest(template: str, values: Values, time_zone: str = "Asia/Baghdad") -> Digest:
    """The digest of the words that the gateway sends for these values."""
    return digest_as_sent(template, json.loads(as_json(values)), time_zone)

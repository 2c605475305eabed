"""What a family is asked on its page: may another institution read its report, or look after it? Yes or no."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.family.answering import see
from portal.family.own.sent import carry_out, sent
from portal.family.status import CONSENT_TEXT
from portal.files import FamilyFile
from shared.messages.model import Command
from shared.messages.reports import AgreeToHandOver, ReportChanged, SetConsent


async def answer(request: Request) -> Response:
    """A question was answered. One that is not asked any more changes nothing: the page shows what is asked now."""
    given = await sent(request, "questions")
    if given is None or given.is_stale:
        return see(request, "status")
    command = _answered(given.file, given.form["question"], given.form["answer"], request.state.lang)
    if command is None:
        return see(request, "status")
    return await carry_out(request, given, "questions", "answered_question", [(command, ReportChanged)])


def _answered(file: FamilyFile, question: str, said: str, lang: str) -> Command | None:
    kind, _, about = question.partition(":")
    if said not in {"yes", "no"}:
        return None
    if kind == "share" and about in file.share_asked:
        return SetConsent.model_validate(
            {
                "actor": file.actor,
                "reference": file.reference,
                "purpose": "share",
                "recipient": about,
                "is_given": said == "yes",
                "text_version": CONSENT_TEXT,
                "language": lang,
            }
        )
    if kind == "hand_over" and file.hand_over and about == file.hand_over["hand_over"]:
        return AgreeToHandOver(actor=file.actor, reference=file.reference, hand_over=UUID(about), agrees=said == "yes")
    return None

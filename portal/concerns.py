"""What a family says of its file, as every door tells it to the record: with its words sealed."""

from uuid import UUID

from shared.messages.model import StaffId, seal_content
from shared.messages.reports import Door, RaiseConcern, Remark


def raising(
    reference: str, concern: UUID, kind: str, door: Door, words: str, by: StaffId | None = None
) -> RaiseConcern:
    """What is told of a family's words; `concern` is their id, by which they count once. Raises ValidationError."""
    said = {
        "reference": reference,
        "concern": concern,
        "concern_kind": kind,
        "door": door,
        "words": seal_content(Remark(text=words), str(concern)),
        "by": by,
    }
    return RaiseConcern.model_validate(said)

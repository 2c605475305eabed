"""What a family says of its file, as every door tells it to the record: with its words sealed."""

from uuid import UUID

from shared.messages.model import Actor, FamilyActor, seal_content
from shared.messages.reports import Door, RaiseConcern, Remark


def raising(
    reference: str, concern: UUID, kind: str, door: Door, words: str, actor: Actor | None = None
) -> RaiseConcern:
    """The command that records a family's words; `concern` is their id, by which they count once.

    `actor` is the desk that writes them down for the family; without one the family says them itself. Raises
    ValidationError.
    """
    said = {
        "reference": reference,
        "concern": concern,
        "concern_kind": kind,
        "door": door,
        "words": seal_content(Remark(text=words), str(concern)),
        "actor": actor or FamilyActor(reference=reference),
    }
    return RaiseConcern.model_validate(said)

"""Who may change what: the one rule that every owner of a thing asks, under the thing's lock, before anything else."""

from shared.messages.model import Actor, FamilyActor, NationalRole
from shared.messaging.refusal import Refusal


class NotYours(Refusal):
    """The thing belongs to another institution or to another family."""

    reason = "not_yours"


def may_change(
    actor: Actor | FamilyActor,
    *,
    institution: str | None = None,
    reference: str | None = None,
    national: NationalRole | None = None,
) -> bool:
    """Whether somebody may change a thing.

    `institution` is responsible for the thing, `reference` is the report whose family it belongs
    to, `national` the role that may act on it whoever is responsible. What is not named lets
    nobody act: a thing without a responsible institution is changed by its family or in a national
    role alone. A member who acts in a national role acts by that role only.
    """
    if isinstance(actor, FamilyActor):
        return reference is not None and actor.reference == reference
    if actor.national is not None:
        return actor.national == national
    return institution is not None and actor.institution == institution


def refuse_unless_may_change(
    actor: Actor | FamilyActor,
    *,
    institution: str | None = None,
    reference: str | None = None,
    national: NationalRole | None = None,
) -> None:
    """The same as a refusal. Refuses with NotYours."""
    if not may_change(actor, institution=institution, reference=reference, national=national):
        raise NotYours

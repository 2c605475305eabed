"""Who acts in tests: staff of an institution, one of its keys, or a family on its own report."""

from uuid import UUID

from shared.messages.model import Actor, FamilyActor, NationalRole

OFFICER = UUID("00000000-0000-4000-8000-000000000001")
KEY = UUID("00000000-0000-4000-8000-0000000000ff")


def staff_of(institution: str = "mgd", staff: UUID = OFFICER, national: NationalRole | None = None) -> Actor:
    """A member of an institution's staff, perhaps in a national role."""
    return Actor(institution=institution, staff=staff, national=national)


def key_of(institution: str = "mgd", key: UUID = KEY) -> Actor:
    """A program that holds a key of an institution."""
    return Actor(institution=institution, key=key)


def family_of(reference: str) -> FamilyActor:
    """The family of a report."""
    return FamilyActor(reference=reference)

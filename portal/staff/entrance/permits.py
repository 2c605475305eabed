"""Permits: what a staff member may look at, why, and until when, sealed into the address of the page.

So an address names no reference, is good for nobody else, and every look at the page is on record with its reason."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from shared.database import utc_now
from shared.sealing import CannotUnseal, Purpose, keys

GOOD_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Permit:
    """A staff member may look at `subject` as a `kind` of thing (`report`, `caller`, `match`, `family`), for `reason`.

    `is_verified`: a caller has proved to be the family.
    """

    kind: str
    subject: str
    reason: str
    until: datetime
    is_verified: bool = False


class PermitOver(Exception):
    """A permit that is over, or somebody else's, or none."""


class _Sealed(BaseModel):
    subject: str
    reason: str
    until: datetime
    is_verified: bool


def permit(kind: str, subject: str, reason: str) -> Permit:
    """A new permit."""
    return Permit(kind, subject, reason, utc_now() + GOOD_FOR)


def verified(given: Permit) -> Permit:
    """The same permit, for a caller who has proved to be the family."""
    return replace(given, is_verified=True)


def sealed_for(staff: UUID, given: Permit) -> str:
    """A permit as it stands in an address of this staff member's pages."""
    content = _Sealed(
        subject=given.subject, reason=given.reason, until=given.until, is_verified=given.is_verified
    ).model_dump_json()
    return keys().seal(Purpose.SESSIONS, content.encode(), f"permit:{given.kind}:{staff}")


def read_permit(staff: UUID, kind: str, sealed: str) -> Permit:
    """The permit in an address. Raises PermitOver."""
    try:
        content = _Sealed.model_validate_json(keys().unseal(Purpose.SESSIONS, sealed, f"permit:{kind}:{staff}"))
    except (CannotUnseal, ValueError):
        raise PermitOver from None
    if content.until < utc_now():
        raise PermitOver
    return Permit(kind, content.subject, content.reason, content.until, content.is_verified)

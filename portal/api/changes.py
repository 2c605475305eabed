"""The feed of changes: each report that an institution may see, whenever its state is new, and none left out."""

from pydantic import BaseModel, ConfigDict, Field

from portal.api.answers import Events
from portal.api.calls import Call
from portal.api.problems import invalid_field
from shared.sealing import CannotUnseal, Purpose, keys

# What a transaction that is still open will write comes before what is seen already: the feed ends where the oldest
# open transaction began, or it would skip late commits (design §2).
CHANGES = """
SELECT 'report_changed' AS event, reference, version, status, institution, changed_at AS at, changed_in
FROM family_file
WHERE (changed_in, reference) > (%(changed_in)s, %(reference)s)
    AND changed_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    AND (institution = %(institution)s OR %(institution)s = ANY(consent_share))
ORDER BY changed_in, reference LIMIT %(most)s
"""
BEGINNING = (0, "")


class Since(BaseModel):
    """From where on changes are asked for, and how many at most."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field(default="", max_length=300)
    limit: int = Field(default=100, ge=1, le=500)


async def list_changes(call: Call, since: Since) -> Events:
    """Changes after a cursor, oldest first; the same cursor again where there are none."""
    changed_in, reference = _opened(since.after, call.institution) if since.after else BEGINNING
    await call.note_look("listed", "events")
    asked = {"changed_in": changed_in, "reference": reference, "institution": call.institution, "most": since.limit}
    rows = await call.database.all(CHANGES, asked)
    if not rows:
        return Events(events=[], cursor=since.after or _sealed(*BEGINNING, call.institution))
    cursor = _sealed(rows[-1]["changed_in"], rows[-1]["reference"], call.institution)
    return Events.model_validate({"events": rows, "cursor": cursor})


def _sealed(changed_in: int, reference: str, institution: str) -> str:
    # Cursors come back in addresses, where no reference may be read.
    return keys().seal(Purpose.PORTAL, f"{changed_in} {reference}".encode(), _about(institution)).replace("=", "")


def _opened(cursor: str, institution: str) -> tuple[int, str]:
    padded = cursor + "=" * (-len(cursor.partition(".")[2]) % 4)
    try:
        changed_in, _, reference = keys().unseal(Purpose.PORTAL, padded, _about(institution)).decode().partition(" ")
    except CannotUnseal:
        raise invalid_field("/after", "cursor", "This is no cursor that was given to your institution.") from None
    return int(changed_in), reference


def _about(institution: str) -> str:
    return f"events:{institution}"

"""A photo of the missing person, for whoever may read the file it belongs to. Each look at one is on record."""

import base64
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.staff.console import note, permitted, read, refuse_own_relative, who

HEADERS = {"cache-control": "no-store", "content-disposition": 'inline; filename="photo.jpg"'}


async def show_photo(request: Request) -> Response:
    """The picture, by the permit of its file. Raises PermitOver, StaffReadUnavailable, and HTTPException 404."""
    given = permitted(request, "report")
    photo: UUID = request.path_params["photo"]
    await refuse_own_relative(request, given.subject)
    await note(request, "looked_at_photo", given.subject, given.reason)
    asked = {"reference": given.subject, "photo": str(photo), "institution": who(request).sees_as}
    found = await read(request, "reports", "photo", **asked)
    return Response(base64.b64decode(found["jpeg"]), media_type="image/jpeg", headers=HEADERS)

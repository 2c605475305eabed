"""Photos of the missing person, added and taken back from the family's own page: one small form each. No page shows one
again, since others may look at the phone."""

import hashlib
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import pictures
from portal.at_hand import database_of, limits_of
from portal.database import Database
from portal.family.answering import form_page, see
from portal.family.own.reading import HOME, more_view
from portal.family.own.sent import Sent, carry_out
from portal.family.samples import id_from, session_over, uuid_of
from portal.family.views import PhotoView
from portal.files import FamilyFile, of_family
from portal.forms import Form, StaleForm, posted
from portal.languages import local_time
from portal.limits import Limit, reference_index
from portal.pictures import UnusablePicture
from portal.uploads import FileTooLarge, posted_with_file
from shared.messages.model import seal_picture
from shared.messages.reports import MOST_PHOTOS, AddPhoto, PhotoChanged, RemovePhoto

FORM: Final = "photos"
PATH: Final = "status/photos"
KEPT = """
SELECT photo, added_at FROM photo WHERE reference = %(reference)s AND state = 'kept' ORDER BY added_at, photo
"""


async def show_photos(request: Request) -> Response:
    """The photos so far, by day, and the form that adds one."""
    file = await of_family(request)
    return await _page(request, file) if file else see(request, "status")


async def _page(request: Request, file: FamilyFile, errors: dict[str, str] | None = None) -> Response:
    photos = await photos_of(database_of(request), file.reference)
    more = await more_view(database_of(request), file, request.state.lang)
    shown: dict[str, Any] = {
        "photos": photos,
        "institutions": more.institutions,
        "is_open": file.is_open,
        "is_full": len(photos) >= MOST_PHOTOS,
        "kinds": pictures.MEDIA_TYPES,
        "notice": file.notice,
        "errors": errors or {},
        "request_id": str(uuid4()),
        "at": PATH,
    }
    return form_page(request, "family/own/photos.html", 422 if errors else 200, **shown)


async def photos_of(database: Database, reference: str) -> list[PhotoView]:
    """A family's photos, as the record told last."""
    rows = await database.all(KEPT, {"reference": reference})
    return [PhotoView(row["photo"], local_time(row["added_at"], HOME).date()) for row in rows]


async def add(request: Request) -> Response:
    """Pass a photo on. Nobody's eight megabytes are read before it is certain whose they are."""
    file = await of_family(request)
    if file is None:
        return session_over(request)
    await limits_of(request).count(Limit.PHOTOS_FOR_CASE, reference_index(file.reference))
    try:
        form, chosen = await posted_with_file(request, "photo", pictures.LARGEST_BYTES)
        picture = await pictures.prepare(chosen)
    except StaleForm:
        return await _page(request, file, {"photo": "photo_again"})
    except FileTooLarge:
        return await _page(request, file, {"photo": "photo_too_large"})
    except UnusablePicture as unusable:
        return await _page(request, file, {"photo": unusable.problem})
    return await _tell(request, Sent(file, form, is_stale=False), picture)


async def _tell(request: Request, given: Sent, picture: bytes) -> Response:
    # The same form with another photo, as after “back”, is another photo; the same one again is not.
    own = _with_id(given, hashlib.sha256(picture).hexdigest())
    photo, reference = own.request_id, given.file.reference
    command = AddPhoto(
        reference=reference, actor=own.file.actor, photo=photo, picture=seal_picture(picture, str(photo)), door="web"
    )
    told = [(command, PhotoChanged)]
    return await carry_out(request, own, FORM, "added_photo", told, notice="photo_kept", back_to=PATH)


async def remove(request: Request) -> Response:
    """The family takes a photo back."""
    try:
        form = await posted(request)
    except StaleForm:
        return see(request, PATH)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    given, photo = Sent(file, form, is_stale=False), uuid_of(form["photo"])
    if photo is None:
        raise HTTPException(400)
    told = [(RemovePhoto(reference=given.file.reference, actor=given.file.actor, photo=photo), PhotoChanged)]
    own = _with_id(given, str(photo))
    return await carry_out(request, own, FORM, "removed_photo", told, notice="photo_removed", back_to=PATH)


def _with_id(given: Sent, about: str) -> Sent:
    """The same, known by what the form was sent with, since a page's forms share its id."""
    return replace(given, form=Form([("request_id", str(id_from(given.form, about)))]))

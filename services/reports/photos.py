"""Photos of a missing person that its family gave: kept sealed, read by whoever may read the report, and erased when
the family takes one back."""

import base64
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.reports.consent import visible_to
from services.reports.files import lock_own_open_report, lock_own_report
from services.reports.sealed import seal_picture, unseal_picture
from services.reports.tables import Photo, Report
from shared.database import now
from shared.messages.model import open_picture
from shared.messages.reports import MOST_PHOTOS, AddPhoto, PhotoChanged, RemovePhoto
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal, Unretryable

_JPEG = b"\xff\xd8\xff"


class TooManyPhotos(Refusal):
    """The report has as many photos as are kept; one has to be taken back first."""

    reason = "too_many_photos"


class UnknownPhoto(Refusal):
    """This report has no such photo."""

    reason = "unknown_photo"


def add_photo(db: Session, command: AddPhoto) -> None:
    """Keep a photo. What was told before is not told again. Refuses with NotYours,
    FileClosed or TooManyPhotos."""
    report = lock_own_open_report(db, command)
    if _photo(db, command.photo) is not None:
        return
    if _kept(db, report.reference) >= MOST_PHOTOS:
        raise TooManyPhotos
    picture = open_picture(command.picture, str(command.photo))
    if not picture.startswith(_JPEG):
        raise Unretryable("the picture is no JPEG")
    photo = Photo(
        id=command.photo,
        reference=report.reference,
        door=command.door,
        sealed_picture=seal_picture(picture, f"photo:{command.photo}"),
        added_by=command.by,
        added_at=now(db),
    )
    db.add(photo)
    publish(db, photo_changed(photo))


def remove_photo(db: Session, command: RemovePhoto) -> None:
    """Erase a picture, also of a file that was closed. One erased before is published again, for the page that waits.

    Refuses with NotYours or UnknownPhoto.
    """
    report = lock_own_report(db, command)
    photo = _photo(db, command.photo)
    if photo is None or photo.reference != report.reference:
        raise UnknownPhoto
    if photo.removed_at is None:
        photo.version = 2
        photo.sealed_picture = None
        photo.removed_by, photo.removed_at = command.by, now(db)
        db.add(photo)
    publish(db, photo_changed(photo))


def photo_changed(photo: Photo) -> PhotoChanged:
    """How a photo stands, as the family's page is told."""
    return PhotoChanged.model_validate(
        {
            "photo": photo.id,
            "version": photo.version,
            "reference": photo.reference,
            "state": "kept" if photo.removed_at is None else "removed",
            "door": photo.door,
            "added_at": photo.added_at,
        }
    )


def without_pictures() -> SelectOfScalar[Photo]:
    """Photos, to be read without what weighs."""
    return select(Photo).options(defer(Photo.sealed_picture))  # pyright: ignore[reportArgumentType]


def photos_of(db: Session, reference: str) -> list[dict[str, Any]]:
    """A report's kept photos, the first one first: without the pictures."""
    kept = without_pictures().where(col(Photo.reference) == reference, col(Photo.removed_at).is_(None))
    ordered = kept.order_by(col(Photo.added_at), col(Photo.id))
    return [{"photo": str(p.id), "door": p.door, "added_at": p.added_at.isoformat()} for p in db.exec(ordered)]


def read_photo(db: Session, reference: str, photo: str, institution: str | None) -> dict[str, Any]:
    """A picture (`jpeg`, in base64) of a report that an institution may see. Raises LookupError."""
    wanted = select(Photo).join(Report).where(col(Photo.id) == UUID(photo), visible_to(institution))
    found = db.exec(wanted).first()
    if found is None or found.reference != reference or found.sealed_picture is None:
        raise LookupError
    picture = unseal_picture(found.sealed_picture, f"photo:{found.id}")
    return {"jpeg": base64.b64encode(picture).decode()}


def _photo(db: Session, photo: UUID) -> Photo | None:
    return db.exec(without_pictures().where(col(Photo.id) == photo)).first()


def _kept(db: Session, reference: str) -> int:
    kept = select(sa.func.count()).where(col(Photo.reference) == reference, col(Photo.removed_at).is_(None))
    return db.exec(kept).one()

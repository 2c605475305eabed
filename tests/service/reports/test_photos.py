"""Photos of a missing person: kept sealed, few, read by whoever may read the report, and erased when taken back."""

import base64
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from portal.pictures import LARGEST_KEPT_BYTES
from services.reports import photos, resync
from services.reports.consent import set_consent
from services.reports.files import FileClosed, ReportNotHere
from services.reports.photos import TooManyPhotos, UnknownPhoto
from services.reports.reading import read_report
from services.reports.status import withdraw_report
from services.reports.tables import Photo, Report
from shared.messages.model import seal_picture
from shared.messages.reports import MOST_PHOTOS, AddPhoto, PhotoChanged, RemovePhoto, SetConsent, WithdrawReport
from shared.messaging.refusal import Unretryable
from shared.references import new_reference
from shared.sealing import CannotUnseal
from tests.actors import family_of, staff_of
from tests.service.reports.builders import STAFF, a_report, forget_told, told

JPEG = b"\xff\xd8\xff\xe0 a face \xff\xd9"


def adding(reference: str, photo: UUID | None = None, picture: bytes = JPEG) -> AddPhoto:
    photo = photo or uuid4()
    return AddPhoto(
        actor=family_of(reference),
        reference=reference,
        photo=photo,
        picture=seal_picture(picture, str(photo)),
        door="web",
    )


def added(db: Session, report: Report) -> UUID:
    command = adding(report.reference)
    photos.add_photo(db, command)
    return command.photo


def kept(db: Session, report: Report) -> list[str]:
    return [each["photo"] for each in read_report(db, report.reference, "mgd")["photos"]]


def test_a_photo_is_kept_sealed_and_told_without_the_picture(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)

    row = db.get_one(Photo, photo)
    (event,) = told(db, PhotoChanged)
    assert row.sealed_picture is not None
    assert b"a face" not in base64.urlsafe_b64decode(row.sealed_picture.partition(".")[2])
    assert (event.state, event.version, event.added_at) == ("kept", 1, row.added_at)
    assert kept(db, report) == [str(photo)]


def test_the_largest_picture_that_a_door_makes_gets_through(db: Session) -> None:
    report, largest = a_report(db), JPEG.ljust(LARGEST_KEPT_BYTES, b"x")
    command = adding(report.reference, picture=largest)
    photos.add_photo(db, command)

    assert picture_for(db, report, str(command.photo), "mgd") == largest


def test_told_again_it_is_one(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)
    photos.add_photo(db, adding(report.reference, photo))

    assert len(told(db, PhotoChanged)) == 1
    assert kept(db, report) == [str(photo)]


def test_a_report_keeps_so_many_and_a_removed_one_makes_room(db: Session) -> None:
    report = a_report(db)
    first, *_ = [added(db, report) for _ in range(MOST_PHOTOS)]
    with pytest.raises(TooManyPhotos):
        added(db, report)
    assert len(kept(db, report)) == MOST_PHOTOS

    photos.remove_photo(db, RemovePhoto(actor=family_of(report.reference), reference=report.reference, photo=first))
    added(db, report)

    assert len(kept(db, report)) == MOST_PHOTOS


def test_a_removed_photo_is_erased_and_stays_on_record(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)
    forget_told(db)

    photos.remove_photo(db, RemovePhoto(actor=staff_of("mgd", STAFF), reference=report.reference, photo=photo))

    row = db.get_one(Photo, photo)
    (event,) = told(db, PhotoChanged)
    assert row.sealed_picture is None
    assert (row.removed_by, row.removed_at is not None) == (STAFF, True)
    assert (event.state, event.version) == ("removed", 2)
    assert kept(db, report) == []
    with pytest.raises(LookupError):
        photos.read_photo(db, report.reference, str(photo), "mgd")


def test_removed_again_is_told_again_to_the_door_that_waits(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)
    forget_told(db)
    for _ in range(2):
        photos.remove_photo(db, RemovePhoto(actor=family_of(report.reference), reference=report.reference, photo=photo))

    assert [event.version for event in told(db, PhotoChanged)] == [2, 2]


def test_a_removed_photo_does_not_come_back_by_its_old_command(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)
    photos.remove_photo(db, RemovePhoto(actor=family_of(report.reference), reference=report.reference, photo=photo))
    photos.add_photo(db, adding(report.reference, photo))

    assert kept(db, report) == []


def test_a_closed_report_takes_no_photo_but_gives_one_back(db: Session) -> None:
    report = a_report(db)
    photo = added(db, report)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))
    with pytest.raises(FileClosed):
        added(db, report)

    photos.remove_photo(db, RemovePhoto(actor=family_of(report.reference), reference=report.reference, photo=photo))

    assert kept(db, report) == []


def test_an_unknown_report_takes_none(db: Session) -> None:
    with pytest.raises(ReportNotHere):
        photos.add_photo(db, adding(new_reference()))


def test_no_family_removes_anothers_photo(db: Session) -> None:
    own, others = a_report(db), a_report(db)
    photo = added(db, others)
    for unknown in (photo, uuid4()):
        with pytest.raises(UnknownPhoto):
            photos.remove_photo(db, RemovePhoto(actor=family_of(own.reference), reference=own.reference, photo=unknown))
    assert kept(db, others) == [str(photo)]


def test_what_is_no_picture_of_ours_parks_and_is_not_kept(db: Session) -> None:
    report = a_report(db)
    with pytest.raises(Unretryable):
        photos.add_photo(db, adding(report.reference, picture=b"MZ"))
    with pytest.raises(CannotUnseal):
        photos.add_photo(db, adding(report.reference).model_copy(update={"photo": uuid4()}))
    assert kept(db, report) == []


def test_the_picture_is_read_by_whoever_may_read_the_report_and_by_nobody_else(db: Session) -> None:
    report, other = a_report(db), a_report(db, institution="police")
    photo = str(added(db, report))

    assert picture_for(db, report, photo, "mgd") == picture_for(db, report, photo, None) == JPEG
    with pytest.raises(LookupError):
        picture_for(db, report, photo, "police")
    with pytest.raises(LookupError):
        picture_for(db, other, photo, None)

    set_consent(
        db,
        SetConsent(
            actor=family_of(report.reference),
            reference=report.reference,
            purpose="share",
            recipient="police",
            is_given=True,
        ),
    )
    assert picture_for(db, report, photo, "police") == JPEG


def picture_for(db: Session, report: Report, photo: str, institution: str | None) -> bytes:
    return base64.b64decode(photos.read_photo(db, report.reference, photo, institution)["jpeg"])


def test_resync_tells_every_photo_as_it_stands(db: Session) -> None:
    report = a_report(db)
    removed, still = added(db, report), added(db, report)
    photos.remove_photo(db, RemovePhoto(actor=family_of(report.reference), reference=report.reference, photo=removed))

    states = [s for s in resync.states(db) if isinstance(s, PhotoChanged) and s.reference == report.reference]

    assert {s.photo: (s.state, s.version) for s in states} == {removed: ("removed", 2), still: ("kept", 1)}

"""A family's photos at the console: seen by whoever may read the file, each look on record, by nobody else."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from portal.accounts import Role
from portal.staff.access import READERS
from shared.database import open_session
from shared.messages.model import Message, seal_picture
from shared.messages.reports import AddPhoto, RemovePhoto
from shared.messaging.outbox import publish
from tests.actors import family_of
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page
from tests.service.portal.staff.stories import enter_report
from tests.service.portal.staff.test_reports import open_file

pytestmark = pytest.mark.usefixtures("courier")
JPEG = b"\xff\xd8\xff\xe0 a face \xff\xd9"
Say = Callable[[Message, str], None]


@pytest.fixture
def say(families: Families) -> Say:
    """Tells the record what a family's page would, and waits until it is so."""

    def tell(command: Message, state: str) -> None:
        with open_session(families.engine) as db:
            publish(db, command)
            db.commit()
        assert eventually(lambda: families.run("SELECT 1 FROM photo WHERE state = :s", s=state))

    return tell


@pytest.fixture
def reference(somebody: Somebody) -> str:
    return enter_report(somebody(Role.INTAKE))


@pytest.fixture
def photo(reference: str, say: Say) -> UUID:
    photo = uuid4()
    say(
        AddPhoto(
            actor=family_of(reference),
            reference=reference,
            photo=photo,
            picture=seal_picture(JPEG, str(photo)),
            door="web",
        ),
        "kept",
    )
    return photo


def pictures_on(page: Page) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', page.text)


def picture_of(page: Page) -> str:
    (address,) = pictures_on(page)
    return address


def looks(families: Families, reference: str) -> int:
    asked = "SELECT 1 FROM audit_entry WHERE action = 'looked_at_photo' AND subject = :r AND sealed_detail IS NOT NULL"
    return len(families.run(asked, r=reference))


def test_who_may_read_the_file_sees_its_photos_and_each_look_is_on_record(
    reference: str, photo: UUID, somebody: Somebody, families: Families
) -> None:
    for looked, role in enumerate(sorted(READERS), start=1):
        reader = somebody(role)
        address = picture_of(open_file(reader, reference))
        seen = reader.get(address)

        assert address.endswith(f"/photos/{photo}.jpg")
        assert reference not in address
        assert (seen.content, seen.headers["content-type"]) == (JPEG, "image/jpeg")
        assert (seen.headers["cache-control"], seen.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert looks(families, reference) == looked


def test_nobody_sees_it_by_the_permit_of_another_file_or_person(
    reference: str, photo: UUID, somebody: Somebody
) -> None:
    stranger, intake = somebody(Role.INTAKE, institution="ihchr"), somebody(Role.INTAKE)
    theirs, other = (open_file(each, enter_report(each)).url.path for each in (stranger, intake))
    address = picture_of(open_file(intake, reference))

    assert stranger.get(f"{theirs}/photos/{photo}.jpg").status_code == 404
    assert intake.get(f"{other}/photos/{photo}.jpg").status_code == 404
    assert intake.get(f"{other}/photos/{uuid4()}.jpg").status_code == 404
    assert stranger.get(address).status_code == 410
    assert somebody(Role.OUTREACH).get(address).status_code == 403


def test_once_the_family_took_it_back_there_is_none(reference: str, photo: UUID, somebody: Somebody, say: Say) -> None:
    intake = somebody(Role.INTAKE)
    page = open_file(intake, reference)
    say(RemovePhoto(actor=family_of(reference), reference=reference, photo=photo), "removed")

    assert intake.get(picture_of(page)).status_code == 404
    assert pictures_on(open_file(intake, reference)) == []

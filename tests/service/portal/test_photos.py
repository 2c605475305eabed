"""Photos that a family adds from its own page: sealed, stripped, once each, never shown again, and taken back."""

import io
from uuid import UUID, uuid4

import pytest
from PIL import Image
from starlette.testclient import TestClient

from portal.limits import ALLOWED, Limit
from portal.outcomes import Outcomes
from portal.pictures import LARGEST_BYTES
from portal.projections import files
from shared.database import utc_now
from shared.messages.model import open_picture
from shared.messages.reports import MOST_PHOTOS, AddPhoto, PhotoChanged, RemovePhoto
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, Family, eventually, field, log_in
from tests.service.portal.test_own_pages import told
from tests.service.portal.test_reporting import report
from tests.unit.portal.photographs import HEIC, MAKER, a_photo, a_photo_of_a_phone

PAGE = "/en/status/photos"


@pytest.fixture
def family(client: TestClient, families: Families, monkeypatch: pytest.MonkeyPatch) -> Family:
    """A family that is logged in, before a record that does not answer."""
    monkeypatch.setattr(Outcomes.wait_for, "__defaults__", (0.0,))
    family = families.one(consent_share=["police"])
    log_in(client, families, family)
    return family


def tokens(client: TestClient) -> dict[str, str]:
    shown = client.get(PAGE).text
    return {name: field(shown, name) for name in ("csrf", "request_id")}


def add(client: TestClient, picture: bytes, given: dict[str, str] | None = None):
    return client.post(PAGE, data=given or tokens(client), files={"photo": ("خالد.jpg", picture, "image/jpeg")})


def kept(families: Families, family: Family, *, version: int = 1) -> UUID:
    photo = uuid4()
    state = "kept" if version == 1 else "removed"
    event = PhotoChanged(
        photo=photo, version=version, reference=family.reference, state=state, door="web", added_at=utc_now()
    )
    families.tell(files.keep_photo, event)
    return photo


def test_a_photo_is_told_once_sealed_and_without_what_the_phone_wrote(
    client: TestClient, families: Families, family: Family
) -> None:
    given = tokens(client)
    for _ in range(2):
        page = add(client, a_photo_of_a_phone(), given)
    (body,) = told(families, "add_photo")
    command = AddPhoto.model_validate_json(body)
    picture = open_picture(command.picture, str(command.photo))
    assert (page.url.path, command.reference, command.door) == (PAGE, family.reference, "web")
    assert "as soon as it is carried out" in page.text
    assert Image.open(io.BytesIO(picture)).size == (200, 400)
    assert MAKER.encode() not in picture
    actions = [row.action for row in families.run("SELECT action FROM audit_entry")]
    assert actions.count("added_photo") == 1


def test_another_photo_in_the_same_form_is_another_one(client: TestClient, families: Families, family: Family) -> None:
    given = tokens(client)
    for picture in (a_photo(), a_photo(size=(90, 90)), a_photo()):
        add(client, picture, given)
    assert len({AddPhoto.model_validate_json(body).photo for body in told(families, "add_photo")}) == 2


def test_the_page_lists_days_and_shows_no_picture(client: TestClient, families: Families, family: Family) -> None:
    families.run("INSERT INTO institution (institution, name) VALUES ('police', '{\"en\": \"The police\"}')")
    kept(families, family)
    kept(families, family, version=2)
    kept(families, families.one(phone="+9647701239999"))
    page = client.get(PAGE).text
    assert page.count("Erase this photo") == 1
    assert page.count("Added on") == 1
    assert "<img" not in page
    assert "The police" in page
    assert f'href="{PAGE}"' in client.get("/en/status").text


def test_a_photo_is_taken_back_by_its_button_each_by_itself(
    client: TestClient, families: Families, family: Family
) -> None:
    photos = [kept(families, family), kept(families, family)]
    given = tokens(client)
    for photo in (*photos, photos[0]):
        client.post(f"{PAGE}/remove", data=given | {"photo": str(photo)})
    commands = [RemovePhoto.model_validate_json(body) for body in told(families, "remove_photo")]
    assert [(c.reference, c.photo) for c in commands] == [(family.reference, photo) for photo in photos]
    assert client.post(f"{PAGE}/remove", data=given | {"photo": "x"}).status_code == 400
    assert client.post(f"{PAGE}/remove", data=given | {"csrf": "0", "photo": str(photos[0])}).url.path == PAGE


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (b"", "choose a photo first"),
        (HEIC, "this kind (HEIC)"),
        (bytes(LARGEST_BYTES + 1), "too large"),
        (bytes(LARGEST_BYTES + 1_000_000), "too large"),
        (b"%PDF-1.7", "cannot open this as a photo"),
    ],
    ids=["none", "HEIC", "large", "larger", "no photo"],
)
def test_what_cannot_be_kept_is_said_on_the_page_in_words(
    client: TestClient, families: Families, family: Family, picture: bytes, says: str
) -> None:
    page = add(client, picture)
    assert page.status_code == 422
    assert says in page.text
    assert 'type="file"' in page.text
    assert told(families, "add_photo") == []


def test_a_stale_form_asks_for_the_photo_again(client: TestClient, families: Families, family: Family) -> None:
    page = add(client, a_photo(), {"csrf": "old", "request_id": str(uuid4())})
    assert (page.status_code, "choose the photo again" in page.text) == (422, True)
    assert client.post(PAGE, data={"csrf": "x"}).status_code == 400
    assert told(families, "add_photo") == []


def test_without_a_session_nothing_is_read_and_it_is_said(client: TestClient, families: Families) -> None:
    answer = client.post(PAGE, content=b"x" * 100, headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 403
    assert "was not carried out" in answer.text
    assert client.get(PAGE).url.path == "/en/status"
    assert client.post(f"{PAGE}/remove", data={"photo": str(uuid4())}).url.path == "/en/status"


def test_so_many_photos_an_hour_and_no_more(client: TestClient, families: Families, family: Family) -> None:
    most = int(ALLOWED[Limit.PHOTOS_FOR_CASE].split()[0])
    answers = [client.post(PAGE, data={"csrf": "x"}).status_code for _ in range(most + 1)]
    assert answers == [400] * most + [429]


def test_a_closed_report_takes_none_and_gives_its_photos_back(client: TestClient, families: Families) -> None:
    family = families.one(is_open=False, status="closed_at_family_request", needs=[])
    kept(families, family)
    log_in(client, families, family)
    page = client.get(PAGE).text
    assert 'type="file"' not in page
    assert "Erase this photo" in page


def test_the_record_keeps_six_and_says_so_of_a_seventh(
    client: TestClient, families: Families, courier: Courier
) -> None:
    assert report(client, "en").status_code == 200
    assert eventually(lambda: families.run("SELECT 1 FROM family_file"))
    page = client.get("/en/report/received")
    assert "If you have a photo" in page.text
    client.post("/en/report/confirm", data={"csrf": field(page.text, "csrf"), "code": families.last_code()})
    given = tokens(client)
    added = [add(client, a_photo(size=(60 + n, 60)), given) for n in range(MOST_PHOTOS)]
    assert all("We have your photo" in page.text for page in added)
    assert 'type="file"' not in added[-1].text
    assert "We keep 6 photos" in add(client, a_photo(size=(99, 60)), given).text

    (first, *_), csrf = families.run("SELECT photo FROM photo ORDER BY added_at"), given["csrf"]
    erased = client.post(f"{PAGE}/remove", data=given | {"csrf": csrf, "photo": str(first.photo)})

    assert "The photo is erased" in erased.text
    assert erased.text.count("Erase this photo") == MOST_PHOTOS - 1

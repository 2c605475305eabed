"""The one-time link by which somebody sets a password and enrols an authenticator."""

import time
from collections.abc import Callable

import pytest
from pyotp.totp import TOTP
from starlette.testclient import TestClient

from portal.accounts import NewStaff, Role, connect
from portal.administration import institutions, staff
from portal.administration.staff import Invitation
from shared.settings import Settings
from tests.service.portal.families import Families
from tests.service.portal.staff.administering import CLI, secret_in, trail
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.unit.portal.markup import Markup

GOOD = "lemon train window sea"
Invite = Callable[[], Invitation]


@pytest.fixture
def invited(client: TestClient, config: Settings) -> Invitation:
    """Somebody who was invited."""
    with connect(config) as db:
        return staff.invite(db, CLI, "Amal@mgd.example", "Amal", "mgd", ["intake"])


@pytest.fixture
def visitor(client: TestClient) -> Person:
    """Somebody with a browser and no account."""
    return Person(client, None)  # pyright: ignore[reportArgumentType]


def path_of(invitation: Invitation) -> str:
    return f"/staff/welcome/{invitation.token}"


def set_up(visitor: Person, path: str, password: str = GOOD, again: str | None = None, code: str | None = None) -> Page:
    page = visitor.get(path)
    right = TOTP(secret_in(page)).at(int(time.time()))
    return visitor.submit(page, path, password=password, again=again or password, code=code or right)


def test_whoever_is_invited_sets_a_password_enrols_an_authenticator_and_is_in(
    invited: Invitation, visitor: Person, families: Families
) -> None:
    page = visitor.get(path_of(invited))
    assert Markup(page.text).problems == []
    assert "amal@mgd.example" in said(page)
    assert "<svg" in page.text
    secret = secret_in(page)
    page = set_up(visitor, path_of(invited))
    assert (page.url.path, "Good day" in page.text) == ("/staff/", True)
    assert [(action, actor) for action, actor, _, _ in trail(families)][-1] == ("enrolled", invited.staff)

    visitor.cookies.clear()
    visitor.account = NewStaff(invited.staff, invited.email, GOOD, secret, (Role.INTAKE,), "mgd")
    assert visitor.give_code(visitor.give_password(), visitor.code(1)).url.path == "/staff/"


def test_a_link_is_good_once(invited: Invitation, visitor: Person) -> None:
    set_up(visitor, path_of(invited))
    visitor.cookies.clear()
    assert visitor.get(path_of(invited)).status_code == 404


def test_looking_at_a_link_does_not_use_it_up(invited: Invitation, visitor: Person) -> None:
    secrets = {secret_in(visitor.get(path_of(invited))) for _ in range(3)}
    assert len(secrets) == 1
    assert set_up(visitor, path_of(invited)).url.path == "/staff/"


@pytest.mark.parametrize(
    ("what", "beside"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "password123456"}, "tried first"),
        ({"password": "amal12345678"}, "too much like your e-mail address"),
        ({"again": "something quite else"}, "not the same"),
        ({"code": "12345"}, "does not fit"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_link_stays_good(
    invited: Invitation, visitor: Person, what: dict[str, str], beside: str
) -> None:
    page = set_up(visitor, path_of(invited), **what)
    assert page.status_code == 422
    assert beside in said(page)
    assert GOOD not in page.text
    assert set_up(visitor, path_of(invited)).url.path == "/staff/"


def test_links_that_are_over_void_or_invented_answer_alike(
    invited: Invitation, visitor: Person, config: Settings, families: Families
) -> None:
    pages = [visitor.get("/staff/welcome/" + "x" * 43)]
    with connect(config) as db:
        again = staff.reset(db, CLI, invited.staff)
    pages.append(visitor.get(path_of(invited)))
    families.run("UPDATE staff_invitation SET expires_at = now()")
    pages.append(visitor.get(path_of(again)))
    assert {(page.status_code, said(page)) for page in pages} == {(404, said(pages[0]))}


@pytest.mark.parametrize("ended", ["disabled", "closed"])
def test_a_link_to_a_disabled_account_or_of_a_closed_institution_opens_nothing(
    invited: Invitation, visitor: Person, config: Settings, ended: str
) -> None:
    with connect(config) as db:
        if ended == "disabled":
            staff.disable(db, CLI, invited.staff)
        else:
            institutions.close_institution(db, CLI, "mgd")
    assert visitor.get(path_of(invited)).status_code == 404


def test_the_token_and_the_password_are_kept_nowhere(invited: Invitation, visitor: Person, families: Families) -> None:
    set_up(visitor, path_of(invited))
    tables = [row.name for row in families.run("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")]
    kept = " ".join(row.text for table in tables for row in families.run(f'SELECT t::text AS text FROM "{table}" t'))
    assert invited.token not in kept
    assert GOOD not in kept


def test_an_account_that_was_invited_cannot_log_in_by_password(invited: Invitation, a_visitor: Somebody) -> None:
    person = a_visitor(Role.INTAKE)
    object.__setattr__(person.account, "email", invited.email)
    for password in ("", "x", "None"):
        assert person.give_password(password or " ").status_code == 422


def test_whoever_tries_codes_at_a_link_has_to_wait(invited: Invitation, visitor: Person) -> None:
    page = visitor.get(path_of(invited))
    wrong = {"password": GOOD, "again": GOOD, "code": "000000"}
    answers = [visitor.submit(page, path_of(invited), **wrong).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]

"""People, institutions and keys at the console and by API: who may do what, and what ends at once."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from portal.accounts import Role, add_api_key, connect
from portal.administration import institutions, staff
from portal.administration.acting import NotThere, Rejected
from portal.institution_kinds import NATIONAL_ROLES
from shared.messages.reports import NoteInstitution
from shared.settings import Settings
from tests.service.portal.families import Families
from tests.service.portal.staff.administering import CLI, by, key_in, link_in, trail
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.unit.portal.markup import Markup

ADMIN, NATIONAL = Role.INSTITUTION_ADMIN, Role.NATIONAL_ADMIN


def call(client: TestClient, key: str) -> int:
    return client.get("/api/v1/sites", headers={"authorization": f"Bearer {key}"}).status_code


def act(admin: Person, of: Person, step: str, **fields: Any) -> Page:
    path = f"/staff/people/{of.account.staff}"
    return admin.submit(admin.get(path), f"{path}/{step}", **{"sure": "yes"} | fields)


# What ends, ends at once, and the trail says who did it


@pytest.mark.parametrize("step", ["disable", "reset", "end-sessions"])
def test_the_next_request_of_an_account_that_lost_something_fails(
    somebody: Somebody, families: Families, step: str
) -> None:
    admin, officer = somebody(ADMIN), somebody(Role.INTAKE)
    assert officer.get("/staff/reports").url.path == "/staff/reports"
    page = act(admin, officer, step)
    assert page.status_code == 200, said(page)
    assert officer.get("/staff/reports").url.path == "/staff/log-in"
    done = {"disable": "staff_disabled", "reset": "staff_reset", "end-sessions": "sessions_ended"}[step]
    assert trail(families)[-1][:3] == (done, admin.account.staff, str(officer.account.staff))


def test_other_roles_end_the_sessions_of_their_account(somebody: Somebody, families: Families) -> None:
    admin, officer = somebody(ADMIN), somebody(Role.INTAKE)
    path = f"/staff/people/{officer.account.staff}"
    page = admin.submit(admin.get(path), path, name="Amal", roles=["call_desk"])
    assert page.status_code == 200, said(page)
    assert officer.get("/staff/").url.path == "/staff/log-in"
    assert trail(families)[-1] == (
        "staff_changed", admin.account.staff, str(officer.account.staff), "roles: intake → call_desk",
    )  # fmt: skip


def test_after_a_reset_the_old_password_is_worth_nothing(somebody: Somebody) -> None:
    admin, officer = somebody(ADMIN), somebody(Role.INTAKE)
    act(admin, officer, "reset")
    assert officer.give_password().status_code == 422


def test_a_revoked_key_is_refused_from_the_next_call_on(
    somebody: Somebody, client: TestClient, families: Families
) -> None:
    admin = somebody(ADMIN)
    page = admin.submit(admin.get("/staff/keys"), "/staff/keys", label="Import", owner=admin.account.email,
                        days="30", scopes=["reports"])  # fmt: skip
    key = key_in(page)
    client.cookies.clear()
    assert call(client, key) == 200
    ((number,),) = families.run("SELECT api_key FROM api_key")
    path = f"/staff/keys/{number}"
    page = admin.submit(admin.get(path), f"{path}/revoke", sure="yes")
    assert "refused" in said(page), said(page)
    assert call(client, key) == 401
    actions = [(action, actor, subject) for action, actor, subject, _ in trail(families)]
    assert actions == [
        ("key_added", admin.account.staff, str(number)),
        ("key_revoked", admin.account.staff, str(number)),
    ]


def test_a_closed_institution_is_out_by_browser_and_by_api(
    somebody: Somebody, client: TestClient, config: Settings, families: Families
) -> None:
    national, officer = somebody(NATIONAL, institution="ncc"), somebody(Role.INTAKE)
    with connect(config) as db:
        key = add_api_key(db, "mgd")
    client.cookies.clear()
    assert call(client, key) == 200
    page = national.submit(national.get("/staff/institutions/mgd"), "/staff/institutions/mgd/close", sure="yes")
    assert "closed" in said(page)
    assert officer.get("/staff/").url.path == "/staff/log-in"
    assert call(client, key) == 401
    assert officer.give_password().status_code == 422
    assert trail(families)[-1] == ("institution_closed", national.account.staff, "mgd", "")
    told = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.note_institution'")
    command = NoteInstitution.model_validate_json(bytes(told[0].body))
    assert (command.closed, command.is_closed, command.actor.national) == ("mgd", True, "administrator")

    page = national.submit(national.get("/staff/institutions/mgd"), "/staff/institutions/mgd/reopen")
    assert "open again" in said(page)
    assert call(client, key) == 200


def test_a_destructive_step_asks_first(somebody: Somebody, families: Families) -> None:
    admin, officer = somebody(ADMIN), somebody(Role.INTAKE)
    for step in ("disable", "reset", "end-sessions"):
        page = act(admin, officer, step, sure="")
        assert (page.status_code, "tick the box" in said(page)) == (422, True)
    assert officer.get("/staff/").url.path == "/staff/"
    assert trail(families) == []


# Who may do what


def test_nobody_changes_the_own_account(somebody: Somebody, families: Families) -> None:
    for person in (somebody(ADMIN, Role.INTAKE), somebody(NATIONAL, institution="ncc")):
        path = f"/staff/people/{person.account.staff}"
        page = person.submit(person.get(path), path, name="Me", roles=["institution_admin", "operator"])
        assert (page.status_code, "own account" in said(page)) == (422, True)
        for step in ("disable", "enable", "reset", "end-sessions"):
            assert act(person, person, step).status_code == 422
    assert trail(families) == []


def test_an_administrator_of_an_institution_gives_no_national_role(somebody: Somebody, families: Families) -> None:
    admin = somebody(ADMIN)
    page = admin.get("/staff/people/invite")
    assert "National administrator" not in said(page)
    for role in sorted(NATIONAL_ROLES):
        answer = admin.submit(page, "/staff/people/invite", email="new@mgd.example", name="New", roles=[role.value])
        assert (answer.status_code, "national" in said(answer)) == (422, True)
    assert families.run("SELECT 1 FROM staff WHERE email = 'new@mgd.example'") == []


def test_an_administrator_of_an_institution_touches_no_account_with_a_national_role(
    somebody: Somebody, families: Families
) -> None:
    admin = somebody(ADMIN, institution="ncc")
    operator = somebody(Role.OPERATOR, institution="ncc")
    for step in ("disable", "reset", "end-sessions"):
        assert act(admin, operator, step).status_code == 422
    assert operator.get("/staff/").url.path == "/staff/"


def test_another_institutions_people_and_keys_are_not_there(
    somebody: Somebody, config: Settings, families: Families
) -> None:
    admin, foreigner = somebody(ADMIN), somebody(Role.INTAKE, institution="ihchr")
    with connect(config) as db:
        add_api_key(db, "ihchr")
    ((key,),) = families.run("SELECT api_key FROM api_key")
    hidden = [
        f"/staff/people/{foreigner.account.staff}", "/staff/people?institution=ihchr",
        "/staff/people?institution=nobody",
        "/staff/people/invite?institution=ihchr", "/staff/keys?institution=ihchr", f"/staff/keys/{key}",
    ]  # fmt: skip
    pages = [admin.get(path) for path in hidden]
    assert [(page.status_code, said(page)) for page in pages] == [(404, said(pages[0]))] * len(hidden)
    form = admin.get("/staff/people/invite")
    acts = [f"/staff/people/{foreigner.account.staff}/{step}" for step in ("disable", "reset", "end-sessions")]
    for path in (*acts, f"/staff/keys/{key}/revoke", "/staff/keys?institution=ihchr"):
        fields = {"sure": "yes", "scopes": "reports", "label": "x", "owner": "x", "days": "3"}
        assert admin.submit(form, path, **fields).status_code == 404, path
    assert foreigner.get("/staff/").url.path == "/staff/"


def test_the_national_administrator_manages_every_institution(somebody: Somebody, families: Families) -> None:
    national, officer = somebody(NATIONAL, institution="ncc"), somebody(Role.INTAKE, institution="ihchr")
    assert officer.account.email in said(national.get("/staff/people?institution=ihchr"))
    assert act(national, officer, "disable").status_code == 200
    page = national.get("/staff/people/invite?institution=ihchr")
    page = national.submit(page, "/staff/people/invite?institution=ihchr", email="new@ihchr.example", name="New",
                           roles=["intake", "call_desk"])  # fmt: skip
    assert link_in(page)
    made = families.run("SELECT institution, roles FROM staff WHERE email = 'new@ihchr.example'")
    assert (made[0].institution, set(made[0].roles)) == ("ihchr", {"intake", "call_desk"})


def test_an_address_that_has_an_account_keeps_it_as_it_is(somebody: Somebody, families: Families) -> None:
    admin, officer = somebody(ADMIN), somebody(Role.INTAKE)
    page = admin.get("/staff/people/invite")
    taken = officer.account.email.upper()
    page = admin.submit(page, "/staff/people/invite", email=taken, name="Another", roles=["call_desk"])
    assert (page.status_code, "already" in said(page)) == (422, True)
    assert officer.get("/staff/reports").url.path == "/staff/reports"


def test_the_pages_of_administrators_are_well_formed(somebody: Somebody, config: Settings, families: Families) -> None:
    national, officer = somebody(NATIONAL, institution="ncc"), somebody(Role.INTAKE)
    with connect(config) as db:
        add_api_key(db, "mgd")
    ((key,),) = families.run("SELECT api_key FROM api_key")
    paths = ["/staff/people", f"/staff/people/{officer.account.staff}", f"/staff/people/{national.account.staff}",
             "/staff/people/invite?institution=mgd", "/staff/keys?institution=mgd", f"/staff/keys/{key}",
             "/staff/institutions", "/staff/institutions/mgd", "/staff/relations"]  # fmt: skip
    for path in paths:
        page = national.get(path)
        assert (page.status_code, Markup(page.text).problems) == (200, []), path
    page = act(national, officer, "reset")
    assert Markup(page.text).problems == []


# Institutions and their kinds


def test_an_institution_is_added_named_and_made_of_another_kind(somebody: Somebody, families: Families) -> None:
    national = somebody(NATIONAL, institution="ncc")
    fields = {"institution": "icmp", "name.en": "ICMP", "name.ar": "اللجنة", "kinds": ["laboratory"]}
    page = national.submit(national.get("/staff/institutions"), "/staff/institutions", **fields)
    assert "was added" in said(page)
    again = national.submit(national.get("/staff/institutions"), "/staff/institutions", **fields | {"name.en": "Other"})
    assert (again.status_code, "already" in said(again)) == (422, True)
    path = "/staff/institutions/icmp"
    page = national.submit(national.get(path), path, **{"name.en": "ICMP", "kinds": ["laboratory", "outreach_partner"]})
    assert "was changed" in said(page)
    row = families.run("SELECT name, kinds FROM institution WHERE institution = 'icmp'")[0]
    assert (row.name, row.kinds) == ({"en": "ICMP"}, ["laboratory", "outreach_partner"])


def test_a_role_outside_of_the_institutions_kinds_gives_nothing(
    somebody: Somebody, a_visitor: Somebody, config: Settings, client: TestClient
) -> None:
    officer = somebody(Role.INTAKE, Role.OPERATOR, Role.LABORATORY)
    with connect(config) as db:
        key = add_api_key(db, "mgd", ("reports", "laboratory"))
        institutions.change_institution(db, CLI, "mgd", kinds=["takes_reports"])
    assert officer.get("/staff/").url.path == "/staff/log-in", "other kinds log people out"
    officer.give_code(officer.give_password(), officer.code(1))
    assert officer.get("/staff/reports/new").status_code == 200
    assert [officer.get(path).status_code for path in ("/staff/operations", "/staff/laboratory")] == [403, 403]
    headers = {"authorization": f"Bearer {key}"}
    client.cookies.clear()
    assert client.post("/api/v1/laboratory-reports", json={}, headers=headers).status_code == 403


def test_no_key_or_account_is_made_outside_of_the_kinds(config: Settings, client: TestClient) -> None:
    with connect(config) as db:
        institutions.add_institution(db, CLI, "partner", {"en": "A partner"}, ["outreach_partner"])
        with pytest.raises(Rejected, match="intake"):
            staff.invite(db, CLI, "a@partner.example", "A", "partner", ["outreach", "intake"])
        with pytest.raises(NotThere):
            staff.invite(db, CLI, "a@nowhere.example", "A", "nowhere", ["outreach"])
        assert db.execute("SELECT count(*) FROM institution WHERE institution = 'nowhere'").fetchone() == (0,)


def test_a_national_administrator_does_not_change_the_own_institutions_kinds(
    somebody: Somebody, config: Settings
) -> None:
    national = somebody(NATIONAL, Role.INTAKE, institution="ncc")
    with connect(config) as db:
        for kinds in (["takes_reports"], ["oversight", "takes_reports"]):
            with pytest.raises(Rejected, match="own institution"):
                institutions.change_institution(db, by(national, is_national=True), "ncc", kinds=kinds)
        with pytest.raises(Rejected, match="own institution"):
            institutions.close_institution(db, by(national, is_national=True), "ncc")


# Keys


def test_a_key_says_who_answers_for_it_until_when_and_when_it_was_used_last(
    somebody: Somebody, client: TestClient, families: Families
) -> None:
    admin = somebody(ADMIN)
    page = admin.get("/staff/keys")
    fields = {"label": "Import", "owner": admin.account.email, "days": "30", "scopes": ["reports"]}
    key = key_in(admin.submit(page, "/staff/keys", **fields))
    client.cookies.clear()
    assert call(client, key) == 200
    first = families.run(
        "SELECT last_used_at, owner_staff, round(extract(epoch FROM expires_at - created_at) / 86400) AS days "
        "FROM api_key"
    )[0]
    assert (first.owner_staff, first.days) == (admin.account.staff, 30)
    assert call(client, key) == 200
    assert families.run("SELECT last_used_at FROM api_key")[0].last_used_at == first.last_used_at, "not in every call"
    families.run("UPDATE api_key SET last_used_at = last_used_at - interval '2 minutes'")
    assert call(client, key) == 200
    assert families.run("SELECT last_used_at FROM api_key")[0].last_used_at >= first.last_used_at
    assert key not in admin.get("/staff/keys").text


def test_the_same_form_makes_one_key(somebody: Somebody, families: Families) -> None:
    admin = somebody(ADMIN)
    page = admin.get("/staff/keys")
    form = {"csrf": page.text.split('name="csrf" value="')[1].split('"')[0],
            "request_id": page.text.split('name="request_id" value="')[1].split('"')[0],
            "label": "Import", "owner": "the IT desk", "days": "30", "scopes": "reports"}  # fmt: skip
    assert key_in(admin.post("/staff/keys", form))
    again = admin.post("/staff/keys", form)
    assert (again.status_code, "sent before" in said(again)) == (422, True)
    assert len(families.run("SELECT 1 FROM api_key")) == 1


def test_an_expired_key_is_refused_and_told_so(config: Settings, client: TestClient, families: Families) -> None:
    with connect(config) as db:
        key = add_api_key(db, "mgd")
    families.run("UPDATE api_key SET expires_at = now()")
    answer = client.get("/api/v1/sites", headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert "expired" in answer.json()["detail"]


def test_a_rotated_key_ends_when_its_overlap_does(somebody: Somebody, client: TestClient, families: Families) -> None:
    admin = somebody(ADMIN)
    fields = {"label": "Import", "owner": "the IT desk", "days": "30", "scopes": ["reports"]}
    old = key_in(admin.submit(admin.get("/staff/keys"), "/staff/keys", **fields))
    ((number,),) = families.run("SELECT api_key FROM api_key")
    path = f"/staff/keys/{number}"
    new = key_in(admin.submit(admin.get(path), f"{path}/rotate", days="365", overlap_days="2"))
    client.cookies.clear()
    assert (call(client, old), call(client, new)) == (200, 200)
    page = admin.submit(admin.get(path), f"{path}/rotate", days="365", overlap_days="0")
    client.cookies.clear()
    assert (call(client, old), call(client, key_in(page))) == (401, 200)


@pytest.mark.parametrize(
    "wrong",
    [{"days": "0"}, {"days": "9999"}, {"scopes": "laboratory reports"}, {"scopes": ""}, {"label": ""}, {"owner": ""}],
)
def test_a_wrong_field_of_a_key_is_named_and_no_key_is_made(
    somebody: Somebody, families: Families, wrong: dict[str, str]
) -> None:
    admin = somebody(ADMIN)
    fields = {"label": "Import", "owner": "the IT desk", "days": "30", "scopes": "reports"} | wrong
    page = admin.submit(admin.get("/staff/keys"), "/staff/keys", **fields)
    assert page.status_code == 422
    assert f'href="#{next(iter(wrong))}"' in page.text
    assert families.run("SELECT 1 FROM api_key") == []

"""Own relatives' files are refused to staff."""

import pytest

from portal.accounts import Role, connect
from portal.administration import relations
from portal.administration.acting import NotThere, Rejected
from shared.references import new_reference
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families
from tests.service.portal.staff import stories
from tests.service.portal.staff.administering import CLI, by, trail
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said

FIND, DESK = "/staff/reports", "/staff/desk"


def look_up(person: Person, reference: str, path: str = FIND) -> Page:
    return person.submit(person.get(path), path, reference=reference, reason="I check a new report")


def declare(person: Person, reference: str) -> Page:
    return person.submit(person.get("/staff/relations"), "/staff/relations", reference=reference)


def test_whoever_declares_a_relative_finds_no_such_file_while_colleagues_do(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    member, colleague = somebody(Role.INTAKE, Role.CALL_DESK), somebody(Role.INTAKE)
    reference = stories.enter_report(colleague)
    opened = look_up(member, reference)
    assert opened.status_code == 200, said(opened)

    assert "is declared" in said(declare(member, reference))
    unknown = look_up(member, new_reference())
    for path in (FIND, DESK):
        page = look_up(member, reference, path)
        assert page.status_code == 422
    assert said(look_up(member, reference)).replace(reference, "") == said(unknown).replace(reference, "")
    assert member.get(opened.url.path).status_code == 404, "a permit from before is worth nothing"
    answer = member.submit(member.get(FIND), f"{opened.url.path}/status", status="registered")
    assert answer.status_code == 404, "nor does it let her act"
    assert families.run("SELECT 1 FROM outbox WHERE routing_key = 'reports.set_status'") == []
    assert families.run("SELECT 1 FROM audit_entry WHERE action = 'refused_own_relative'")
    assert look_up(colleague, reference).status_code == 200


def test_a_declaration_does_not_say_whether_there_is_such_a_report(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    member = somebody(Role.INTAKE)
    known = stories.enter_report(member)
    pages = [declare(member, reference) for reference in (known, new_reference(), known)]
    assert [page.status_code for page in pages] == [200] * 3
    assert all("is declared" in said(page) for page in pages)
    kept = families.run("SELECT reference_index FROM declared_relation")
    assert len(kept) == 2
    assert known not in {row.reference_index for row in kept}
    subjects = [(action, subject) for action, _, subject, _ in trail(families)]
    assert set(subjects) == {("relation_declared", str(member.account.staff))}


def test_a_wrong_reference_is_said_beside_its_field(somebody: Somebody) -> None:
    page = declare(somebody(Role.OPERATOR), "123")
    assert (page.status_code, "12 digits" in said(page)) == (422, True)


def test_nobody_ends_the_own_declaration_and_another_administrator_does(
    somebody: Somebody, config: Settings, families: Families
) -> None:
    admin, other = somebody(Role.INSTITUTION_ADMIN), somebody(Role.INSTITUTION_ADMIN)
    foreigner = somebody(Role.INSTITUTION_ADMIN, institution="ihchr")
    declare(admin, new_reference())
    ((relation,),) = families.run("SELECT relation FROM declared_relation")
    own = admin.account.staff
    with connect(config) as db, pytest.raises(Rejected):
        relations.end(db, by(admin), own, relation)
    with connect(config) as db, pytest.raises(NotThere):
        relations.end(db, by(foreigner), own, relation)
    path = f"/staff/people/{own}"
    page = other.submit(other.get(path), f"{path}/relations/{relation}/end", sure="yes")
    assert "ended" in said(page), said(page)
    assert trail(families)[-1][:3] == ("relation_ended", other.account.staff, str(own))


def test_an_administrator_declares_for_a_member(somebody: Somebody, config: Settings, families: Families) -> None:
    admin, member, reference = somebody(Role.INSTITUTION_ADMIN), somebody(Role.INTAKE), new_reference()
    path = f"/staff/people/{member.account.staff}"
    assert "declared" in said(admin.submit(admin.get(path), f"{path}/relations", reference=reference))
    with connect(config) as db:
        relations.end_about(db, CLI, member.account.staff, reference)
        with pytest.raises(NotThere):
            relations.end_about(db, CLI, member.account.staff, reference)
    assert trail(families)[-1] == ("relation_ended", None, str(member.account.staff), "cli:root")

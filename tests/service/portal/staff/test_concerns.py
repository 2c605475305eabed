"""What families say reaches the desk's list, is answered once, and the answer is on the family's page."""

import pytest

from portal.accounts import Role
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said, values_of
from tests.service.portal.staff.stories import enter_report, find_caller, verify_caller

pytestmark = pytest.mark.usefixtures("courier")


@pytest.fixture
def reference(somebody: Somebody) -> str:
    return enter_report(somebody(Role.INTAKE))


def raise_at_desk(desk: Person, reference: str, words: str) -> Page:
    page = verify_caller(desk, find_caller(desk, reference))
    return desk.submit(page, f"{page.url.path}/concern", concern_kind="complaint", concern_words=words)


def open_first(desk: Person) -> Page:
    page = desk.get("/staff/desk/concerns")
    return desk.submit(page, "/staff/desk/concerns", concern=values_of(page, "concern")[0])


def test_a_complaint_is_answered_and_the_answer_reaches_the_family(
    reference: str, somebody: Somebody, families: Families
) -> None:
    complained_of, desk = somebody(Role.CALL_DESK), somebody(Role.CALL_DESK, institution="central")
    assert "the family sees it on its page" in said(raise_at_desk(complained_of, reference, "لم يتصل بنا أحد"))
    assert values_of(complained_of.get("/staff/desk/concerns"), "concern") == []
    listed = desk.get("/staff/desk/concerns")
    assert "لم يتصل" not in listed.text
    page = open_first(desk)
    assert "لم يتصل بنا أحد" in page.text

    careless = desk.submit(page, page.url.path, answer="سنتصل غداً صباحاً")
    assert careless.status_code == 422
    assert "سنتصل غداً صباحاً" in careless.text
    answered = desk.submit(page, page.url.path, answer="سنتصل غداً صباحاً", is_fit="yes")

    assert "The answer is on the family" in said(answered)
    assert "Nothing waits" in said(desk.get("/staff/desk/concerns"))
    assert eventually(lambda: families.run("SELECT 1 FROM concern WHERE sealed_answer IS NOT NULL"))
    actions = [row.action for row in families.run("SELECT action FROM audit_entry WHERE subject = :r", r=reference)]
    assert {"raised_concern", "read_concern", "answered_concern"} <= set(actions)


def test_another_institution_sees_nothing_of_it(reference: str, somebody: Somebody) -> None:
    raise_at_desk(somebody(Role.CALL_DESK), reference, "سؤال")
    other = somebody(Role.CALL_DESK, institution="ihchr")
    assert values_of(other.get("/staff/desk/concerns"), "concern") == []


def test_wishes_and_a_second_phone_are_taken_down_at_the_desk(
    reference: str, somebody: Somebody, families: Families
) -> None:
    desk = somebody(Role.CALL_DESK)
    page = verify_caller(desk, find_caller(desk, reference))
    wishes = {
        "tell": "خالي سعيد",
        "by": "woman",
        "when": "not_yet",
        "further_remains": "not_asked",
        "burial_of_further": "undecided",
    }
    wished = desk.submit(page, f"{page.url.path}/wishes", **wishes)
    assert "wishes were recorded" in said(wished)
    assert "خالي سعيد" in wished.text
    assert families.run("SELECT wants_to_wait FROM family_file") == [(True,)]
    unsure = desk.submit(page, f"{page.url.path}/second", second_phone="0770 999 9999")
    assert unsure.status_code == 422
    trusted = desk.submit(page, f"{page.url.path}/second", second_phone="0770 999 9999", second_verified="yes")
    assert "second phone was recorded" in said(trusted)
    assert len(families.run("SELECT 1 FROM second_contact WHERE phone_index IS NOT NULL")) == 1

"""While the broker is away families read, log in and ask; when it is back, all is carried out once."""

from collections.abc import Callable

from shared.parts import Part
from tests.system.family import Case, enter_by_pin, status_words
from tests.system.institution import Institution
from tests.system.whole import System
from tests.waiting import eventually

BOOKED = "SELECT count(*) FROM visit WHERE reference = %s AND state = 'booked'"


def test_with_the_broker_away_families_read_and_ask_and_all_is_done_once_when_it_is_back(
    system: System, case_in: Callable[..., Case], institution: Callable[[str], Institution]
) -> None:
    case, other = case_in("please_contact_us"), case_in("with_your_contact_person")
    in_iraq = [s for s in institution("mgd").get("/sessions").json()["sessions"] if s["governorate"]]
    session = max(in_iraq, key=lambda s: s["free"])["session"]
    before = {each.reference: system.count(Part.APPOINTMENTS, BOOKED, each.reference) for each in (case, other)}
    with system.broker_stopped():
        for each in (case, other):
            family = enter_by_pin(system.url, each)
            assert status_words(each.status, "en") in family.text
            family.go("/en/samples").send("samples/book", session=session, places=2)
            assert "We have your request and will text you" in family.text
            assert family.page.status_code == 200

    for each in (case, other):
        eventually(
            lambda e=each: system.count(Part.APPOINTMENTS, BOOKED, e.reference) == before[e.reference] + 1,
            60,
            "the booking to be carried out",
        )
    eventually(system.at_rest, 60, "all to come to rest")
    for each in (case, other):
        assert system.count(Part.APPOINTMENTS, BOOKED, each.reference) == before[each.reference] + 1

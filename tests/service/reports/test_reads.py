"""What institutions search, follow and publish, within what families allow."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from services.reports import feed, reading, resync, searching, statistics
from services.reports.status import set_status
from shared.database import open_session
from shared.messages.reports import ContactChanged, ReportChanged, SetStatus
from shared.parts import Part
from tests.actors import staff_of
from tests.service.reports.builders import STAFF, Clock, a_report, links_between
from tests.waiting import let_transactions_end


def test_a_search_finds_the_person_in_another_script_best_first(db: Session) -> None:
    report = a_report(db)
    a_report(db, person__names=[{"raw": "علي حسن محمود"}], person__mother="سعاد جبار", person__born={"year": 1990})
    found = searching.search(db, {"person": {"names": [{"raw": "Ali Husain Mohamed"}], "born": {"year": 1985}}}, "mgd")
    assert found[0]["reference"] == report.reference
    assert found[0]["explanation"][0]["field"] == "name"


def test_a_search_finds_nothing_that_was_not_shared(db: Session) -> None:
    a_report(db)
    assert (
        searching.search(db, {"person": {"names": [{"raw": "علي حسين محمد"}], "born": {"year": 1985}}}, "police") == []
    )


def test_a_file_that_may_not_be_seen_is_as_unknown_as_one_that_is_not_there(db: Session) -> None:
    report = a_report(db)
    for reference in (report.reference, "000000000000"):
        with pytest.raises(LookupError) as raised:
            reading.read_report(db, reference, "police")
        assert raised.value.args == ()


def test_a_whole_file_can_be_carried_as_json(db: Session) -> None:
    report = a_report(
        db,
        relatives=[{"relation": "mother", "name": "زينب كاظم", "phone": "07701112223"}],
        reporter__safe_times="mornings",
        person__identity_numbers=[{"document": "passport", "number": "A1"}],
        person__born={"year": 1408, "month": 7, "calendar": "hijri"},
    )
    file = reading.read_report(db, report.reference, "mgd")
    assert json.loads(json.dumps(file)) == file
    assert file["contact"]["safe_times"] == "mornings"
    assert file["relatives"][0]["phone"] == "07701112223"


def test_who_reads_by_consent_alone_gets_no_phone_of_anybody(db: Session) -> None:
    report = a_report(
        db,
        consent__share=["police"],
        relatives=[{"relation": "mother", "name": "زينب كاظم", "phone": "07701112223"}],
        reporter__safe_times="mornings",
    )
    file = reading.read_report(db, report.reference, "police")
    assert file["person"]["names"]
    assert (file["contact"]["phone"], file["contact"]["safe_times"], file["contact"]["is_withheld"]) == (
        None,
        None,
        True,
    )
    assert [relative["phone"] for relative in file["relatives"]] == [None, None]
    for who in ("mgd", None):
        own = reading.read_report(db, report.reference, who)
        assert own["contact"]["phone"]
        assert not own["contact"]["is_withheld"]


def test_files_are_listed_newest_first_and_page_by_page(db: Session, clock: Clock) -> None:
    references: list[str] = []
    for _ in range(3):
        references.append(a_report(db).reference)
        clock.go_on(minutes=1)
    first = reading.list_reports(db, "mgd", most=2)
    rest = reading.list_reports(db, "mgd", before=first[-1]["received_at"])
    assert [r["reference"] for r in first + rest] == references[::-1]
    assert reading.list_reports(db, "mgd", status="registered") == []


def test_the_feed_tells_each_change_once_and_only_what_is_committed(
    part_database: Callable[[Part], sa.Engine], clock: Clock
) -> None:
    engine = part_database(Part.REPORTS)
    with open_session(engine, clock) as db:
        start = feed.changes(db, None, most=500)["cursor"]
        report = a_report(db)
        assert feed.changes(db, "mgd", start)["events"] == []
        db.commit()
    with open_session(engine, clock) as db:
        set_status(db, SetStatus(actor=staff_of("mgd", STAFF), reference=report.reference, status="registered"))
        db.commit()
        let_transactions_end(engine)
        page = feed.changes(db, "mgd", start, most=1)
        rest = feed.changes(db, "mgd", page["cursor"])
        assert [e["event"] for e in page["events"] + rest["events"]] == ["report_accepted", "report_changed"]
        assert feed.changes(db, "mgd", rest["cursor"])["events"] == []
        assert feed.changes(db, "police", start)["events"] == []


def test_a_wrong_cursor_is_not_found(db: Session) -> None:
    with pytest.raises(LookupError):
        feed.changes(db, "mgd", "yesterday")


def test_public_figures_are_rounded_and_small_groups_do_not_show(db: Session) -> None:
    for _ in range(12):
        a_report(db, consent__contact=[])
    for _ in range(3):
        a_report(db, event__governorate="IQ-BA", event__code="IRAN_IRAQ_WAR", consent__contact=[])
    figures = statistics.statistics(db)
    assert figures["reports"] == 20
    assert figures["by_governorate"] == {}
    assert figures["by_event"] == {}


def test_a_single_hidden_cell_takes_the_next_smallest_with_it() -> None:
    assert statistics.shown({"IQ-BG": 45, "IQ-NI": 21, "IQ-BA": 3}) == {"IQ-BG": 50}
    assert statistics.shown({"IQ-BG": 45, "IQ-NI": 21}) == {"IQ-BG": 50, "IQ-NI": 20}


def test_a_resync_tells_every_contact_and_file_as_it_is_now(db: Session) -> None:
    report = a_report(db)
    set_status(db, SetStatus(actor=staff_of("mgd", STAFF), reference=report.reference, status="registered"))
    db.flush()
    contact, state = list(resync.states(db))
    assert isinstance(contact, ContactChanged)
    assert isinstance(state, ReportChanged)
    assert (contact.details.is_verified, state.status, state.version) == (True, "registered", 2)


def test_a_search_by_own_and_fathers_name_alone_finds_the_person_and_no_link_comes_of_it(db: Session) -> None:
    wanted = a_report(db, person__names=[{"raw": "هوشیار کەمال ڕەشید"}], person__mother="شیرین ئەحمەد")
    a_report(db, person__names=[{"raw": "هوشیار جەلال ڕەشید"}])
    only = a_report(db, person={"names": [{"raw": "Hoshyar Kamal"}]}, event={})
    found = searching.search(db, {"person": {"names": [{"raw": "Hoshyar Kamal"}]}}, "mgd")
    assert {each["reference"] for each in found} == {wanted.reference, only.reference}
    assert links_between(db, wanted, only) == []

"""What laboratories hand in: results that move samples on, and match reports with what the checks found."""

from uuid import uuid4

import pytest
from sqlmodel import Session, select

from services.matching import need_to_know, samples
from services.matching.laboratory import AlreadyRecorded, IncompleteReport, UnknownBarcode
from services.matching.tables import Match, RecordedReport, SampleFamily
from shared.messages.appointments import SampleCollected
from shared.messages.matching import ContactRequested, LaboratoryReport, SampleStateChanged
from tests.service.matching.builders import (
    ANNA,
    Calendar,
    a_family,
    a_match_report,
    a_result,
    a_round,
    a_sample,
    hand_in,
    open_requests,
    sample_of,
    told,
)


def findings(db: Session, report: LaboratoryReport) -> set[str]:
    return set(need_to_know.match(db, str(hand_in(db, report)), str(ANNA))["findings"])


def test_a_good_result_makes_a_sample_usable_and_is_told_for_all_its_reports(db: Session) -> None:
    wife, brother = a_family(db), a_family(db)
    barcode = a_sample(db, wife, brother, state="collected")

    a_result(db, barcode, "ok")

    changed = told(db, SampleStateChanged)[-1]
    assert (changed.state, set(changed.references)) == ("usable", {wife, brother})
    assert open_requests(db, [wife, brother]) == {}


def test_states_are_told_with_rising_versions_and_only_when_they_change(db: Session) -> None:
    barcode = a_sample(db, a_family(db), state="collected")

    for quality in (None, "repeat", "repeat", "ok"):
        a_result(db, barcode, quality)

    states = [(e.state, e.version) for e in told(db, SampleStateChanged)]
    assert states == [("received", 2), ("repeat_needed", 3), ("usable", 4)]


@pytest.mark.parametrize("quality", ["repeat", "mix_up_suspected"])
def test_a_sample_to_be_repeated_has_its_family_asked_with_the_next_round(
    db: Session, calendar: Calendar, quality: str
) -> None:
    family = a_family(db)
    barcode = a_sample(db, family, state="collected")

    a_result(db, barcode, quality)

    assert told(db, SampleStateChanged)[-1].state == "repeat_needed"
    assert told(db, ContactRequested) == []
    a_round(db, calendar)
    assert [e.reference for e in told(db, ContactRequested)] == [family]


def test_a_result_of_an_unknown_sample_is_refused_and_leaves_nothing(db: Session) -> None:
    report = LaboratoryReport(kind="result", laboratory_number="R-1", barcode="BC-UNKNOWN", quality="ok")

    with pytest.raises(UnknownBarcode) as refusal:
        hand_in(db, report)

    assert refusal.value.values == {"barcode": "BC-UNKNOWN"}
    assert not db.new
    assert not db.dirty


def test_a_match_with_an_unknown_donor_is_refused(db: Session) -> None:
    known = a_sample(db, a_family(db))

    with pytest.raises(UnknownBarcode) as refusal:
        hand_in(db, a_match_report(known, "BC-UNKNOWN"))

    assert refusal.value.values == {"barcode": "BC-UNKNOWN"}
    assert not db.new


@pytest.mark.parametrize(
    "report",
    [
        LaboratoryReport(kind="result", laboratory_number="1"),
        LaboratoryReport(kind="match", laboratory_number="1", donor_barcodes=["BC-000001"]),
        LaboratoryReport(kind="match", laboratory_number="1", remains_barcode="RM-00001"),
    ],
)
def test_a_report_that_lacks_a_barcode_is_refused_in_the_same_words(db: Session, report: LaboratoryReport) -> None:
    with pytest.raises(IncompleteReport) as refusal:
        hand_in(db, report)

    assert refusal.value.values == {}


def test_a_report_is_recorded_once(db: Session) -> None:
    barcode, item = a_sample(db, a_family(db)), uuid4()
    hand_in(db, a_match_report(barcode), item=item)

    with pytest.raises(AlreadyRecorded):
        hand_in(db, a_match_report(barcode), item=item)


def test_a_match_report_tells_nobody_anything(db: Session) -> None:
    family = a_family(db)
    barcode = a_sample(db, family)
    before = len(db.info["outbox"])

    hand_in(db, a_match_report(barcode))

    assert len(db.info["outbox"]) == before
    assert open_requests(db, [family]) == {}


def test_a_report_in_which_nothing_is_odd_has_no_findings(db: Session) -> None:
    family = a_family(db)

    assert findings(db, a_match_report(a_sample(db, family), a_sample(db, family))) == set()


def test_remains_that_were_matched_before_are_pointed_out(db: Session) -> None:
    barcode = a_sample(db, a_family(db))
    hand_in(db, a_match_report(barcode, remains_barcode="RM-000001"))

    assert findings(db, a_match_report(barcode, remains_barcode="RM-000001")) == {"remains_seen_before"}


def test_a_laboratory_number_that_was_handed_in_before_is_pointed_out(db: Session) -> None:
    barcode = a_sample(db, a_family(db))
    hand_in(db, a_match_report(barcode, laboratory_number="M-17"))

    assert findings(db, a_match_report(barcode, laboratory_number="M-17")) == {"laboratory_number_seen_before"}


def test_donors_of_different_families_and_samples_not_usable_are_pointed_out(db: Session) -> None:
    one, other = a_sample(db, a_family(db)), a_sample(db, a_family(db), state="collected")

    assert findings(db, a_match_report(one, other)) == {"donors_of_different_families", "sample_not_usable"}


def test_what_a_laboratory_found_rests_sealed(db: Session) -> None:
    report = a_match_report(a_sample(db, a_family(db)), remark="cannot tell brothers apart")

    item = hand_in(db, report)

    rows = str(db.get(RecordedReport, item)) + str(db.get(Match, item))
    for secret in ("brothers", report.remains_barcode, "0.99999", "Dr. S.", report.laboratory_number):
        assert str(secret) not in rows
    assert need_to_know.match(db, str(item), str(ANNA))["report"]["remark"] == "cannot tell brothers apart"


def test_a_sample_is_known_by_its_newest_version_and_keeps_its_state(db: Session) -> None:
    first, second = a_family(db), a_family(db)
    barcode = a_sample(db, first)
    sample = sample_of(db, barcode)
    newer = SampleCollected(
        sample=sample.id, version=3, donor=sample.donor, barcode=barcode, references=[second], relation="sister"
    )

    samples.know_sample(db, newer)
    samples.know_sample(db, newer.model_copy(update={"version": 2, "references": [first]}))

    db.refresh(sample)
    assert (sample.version, sample.relation, sample.state) == (3, "sister", "usable")
    references = db.exec(select(SampleFamily.reference).where(SampleFamily.sample == sample.id)).all()
    assert references == [second]

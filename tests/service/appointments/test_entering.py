"""A day's list entered afterwards, walk-ins at the desk, and samples that go from hand to hand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from services.appointments import custody
from services.appointments.attendance import receive_walk_in
from services.appointments.booking import visits_of_session
from services.appointments.custody import BeforeLastLink, ChainWouldBreak, UnknownBarcode
from services.appointments.entering import AnotherDay, MismatchedPair, enter_row
from services.appointments.places import AlreadyBooked, FileClosed, UnknownSession
from services.appointments.samples import BarcodeTaken, register_sample, sample_by_barcode, samples_of_session
from services.appointments.tables import CustodyEvent, Sample
from shared.messages.appointments import EnterRow, ReceiveWalkIn, RecordCustody, SampleCollected, SampleDetails
from shared.messages.model import seal_content
from shared.messaging.refusal import Refusal
from shared.references import new_reference
from tests.actors import staff_of
from tests.service.appointments.builders import NOON, STAFF, a_sample, a_session, a_visit, free_places, told
from tests.service.appointments.files import a_file

YESTERDAY = timedelta(days=-1)


def a_row(session: UUID, *, barcode: str, **what: Any) -> EnterRow:
    """A row: a sister gave a drop of blood at eleven, yesterday."""
    sample = uuid4()
    usual = {
        "sample": sample,
        "donor": uuid4(),
        "session": session,
        "reference": new_reference(),
        "contact": uuid4(),
        "barcode": barcode,
        "sheet_barcode": barcode,
        "taken_at": NOON + YESTERDAY + timedelta(hours=1),
        "details": seal_content(SampleDetails(donor_name="زينب كاظم", relation="sister"), str(sample)),
        "actor": staff_of("mld", STAFF),
    }
    return EnterRow.model_validate({**usual, **what})


def test_eighty_rows_are_entered_each_by_itself_walk_ins_included(db: Session) -> None:
    session = a_session(db, free=60, starts_in=YESTERDAY)
    db.info["clock"] = lambda: NOON + YESTERDAY - timedelta(hours=1)
    visits = [a_visit(db, session) for _ in range(50)]
    db.info["clock"] = lambda: NOON
    rows = [a_row(session, barcode=f"DAY-{n:03}", reference=v.reference) for n, v in enumerate(visits)]
    rows += [a_row(session, barcode=f"DAY-{n:03}") for n in range(50, 80)]
    rows[7] = rows[7].model_copy(update={"sheet_barcode": "DAY-008"})
    rows[70] = rows[70].model_copy(update={"barcode": "DAY-069", "sheet_barcode": "DAY-069"})
    reasons = list[str]()

    for row in rows:
        try:
            enter_row(db, row)
        except Refusal as refusal:
            reasons.append(refusal.reason)

    assert reasons == ["mismatched_pair", "barcode_taken"]
    states = [(v["state"], v["people"]) for v in visits_of_session(db, str(session), "mld")]
    assert states.count(("attended", 1)) == 78
    assert states.count(("booked", None)) == 1, "whose row was refused is still expected"
    assert free_places(db, session) == 0, "ten places were left for thirty walk-ins"
    assert len(samples_of_session(db, str(session), "mld")) == 78


def test_when_a_sample_was_taken_is_told_apart_from_when_it_was_entered(db: Session) -> None:
    session = a_session(db, starts_in=YESTERDAY)

    enter_row(db, a_row(session, barcode="DAY-101"))

    [row] = samples_of_session(db, str(session), "mld")
    taken, entered = (datetime.fromisoformat(row[name]) for name in ("taken_at", "entered_at"))
    assert (taken, entered) == (NOON + YESTERDAY + timedelta(hours=1), NOON)


def test_a_second_relative_is_one_more_of_the_same_visit(db: Session) -> None:
    session, reference = a_session(db, starts_in=YESTERDAY), new_reference()

    for barcode in ("DAY-111", "DAY-112", "DAY-113"):
        enter_row(db, a_row(session, barcode=barcode, reference=reference))

    assert [(v["state"], v["people"]) for v in visits_of_session(db, str(session), "mld")] == [("attended", 3)]
    assert [c.references for c in told(db, SampleCollected)] == [[reference]] * 3


def test_a_row_that_cannot_be_writes_nothing(db: Session) -> None:
    session, reference = a_session(db, starts_in=YESTERDAY), new_reference()
    a_file(db, reference, is_open=False, institution="mld")
    refused: list[tuple[type[Refusal], EnterRow]] = [
        (MismatchedPair, a_row(session, barcode="DAY-121", sheet_barcode="DAY-122")),
        (UnknownSession, a_row(uuid4(), barcode="DAY-121")),
        (FileClosed, a_row(session, barcode="DAY-121", reference=reference)),
        (AnotherDay, a_row(session, barcode="DAY-121", taken_at=NOON - timedelta(days=8))),
    ]

    for kind, row in refused:
        with pytest.raises(kind):
            enter_row(db, row)

    assert visits_of_session(db, str(session), "mld") == []
    assert samples_of_session(db, str(session), "mld") == []


def test_of_another_institutions_closed_file_nothing_is_told(db: Session) -> None:
    session, references = a_session(db, starts_in=YESTERDAY), [new_reference(), new_reference()]
    a_file(db, references[0], is_open=False, institution="mgd")

    for number, reference in enumerate(references):
        enter_row(db, a_row(session, barcode=f"DAY-12{number}", reference=reference))

    assert {v["reference"] for v in visits_of_session(db, str(session), "mld")} == set(references)


def test_a_label_of_another_sample_checks_nobody_in(db: Session) -> None:
    session = a_session(db, starts_in=YESTERDAY)
    register_sample(db, a_sample(db, barcode="DAY-131"))

    with pytest.raises(BarcodeTaken):
        enter_row(db, a_row(session, barcode="DAY-131"))

    assert visits_of_session(db, str(session), "mld") == []


def walk_in(session: UUID, **what: Any) -> ReceiveWalkIn:
    usual = {"visit": uuid4(), "reference": new_reference(), "contact": uuid4(), "session": session, "people": 2}
    return ReceiveWalkIn.model_validate({**usual, "actor": staff_of("mld", STAFF), **what})


def test_a_walk_in_is_received_though_the_session_is_full(db: Session) -> None:
    session = a_session(db, free=1)

    receive_walk_in(db, walk_in(session))
    receive_walk_in(db, walk_in(session))

    assert free_places(db, session) == 0
    assert [v["people"] for v in visits_of_session(db, str(session), "mld")] == [2, 2]


def test_who_is_on_the_list_is_no_walk_in(db: Session) -> None:
    session = a_session(db)
    visit = a_visit(db, session)

    with pytest.raises(AlreadyBooked):
        receive_walk_in(db, walk_in(session, reference=visit.reference))


def link(barcode: str, step: str, *, after_min: int = 0, **what: Any) -> RecordCustody:
    at = NOON + timedelta(minutes=after_min)
    usual = {
        "barcode": barcode,
        "step": step,
        "holder": "courier",
        "recipient": "mld",
        "happened_at": at,
        "actor": staff_of("mld", STAFF),
    }
    return RecordCustody.model_validate({**usual, **what})


def test_a_sample_goes_from_hand_to_hand_and_its_chain_is_whole(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="DAY-141"))

    for step, holder in (
        ("handed_over", "courier"),
        ("received", "laboratory"),
        ("handed_over", "store"),
        ("received", "store"),
        ("destroyed", "store"),
    ):
        custody.record(db, link("DAY-141", step, holder=holder, seal="S-17"))

    shown = sample_by_barcode(db, "DAY-141", "mld")
    assert [each["kind"] for each in shown["custody"]] == [
        "collected", "handed_over", "received", "handed_over", "received", "destroyed",
    ]  # fmt: skip
    assert shown["custody"][1]["seal"] == "S-17"
    assert shown["chain_is_whole"]


def test_a_changed_seal_breaks_the_chain(db: Session) -> None:
    sample = register_sample(db, a_sample(db, barcode="DAY-145"))
    custody.record(db, link("DAY-145", "handed_over", seal="S-17"))
    first, last = custody.chain(db, sample.id)

    changed = CustodyEvent(**last.model_dump() | {"seal": "S-18"})

    assert custody.verify(db, sample.id) == 2
    assert custody.digest_of(changed, first.digest) != last.digest


def test_no_link_is_left_out_nor_comes_twice(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="DAY-151"))

    for step in ("received", "destroyed"):
        with pytest.raises(ChainWouldBreak):
            custody.record(db, link("DAY-151", step))
    custody.record(db, link("DAY-151", "handed_over"))
    with pytest.raises(ChainWouldBreak):
        custody.record(db, link("DAY-151", "handed_over"))


def test_a_link_does_not_come_before_the_last_one_nor_in_the_future(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="DAY-161"))

    for minutes in (-1, 120):
        with pytest.raises(BeforeLastLink):
            custody.record(db, link("DAY-161", "handed_over", after_min=minutes))
    with pytest.raises(UnknownBarcode):
        custody.record(db, link("DAY-999", "handed_over"))


def test_a_label_bears_no_name(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="DAY-171"))

    stored = db.connection().execute(sa.select(Sample).where(Sample.barcode == "DAY-171")).mappings().one()  # pyright: ignore

    assert not any("زينب" in str(value) for value in stored.values())

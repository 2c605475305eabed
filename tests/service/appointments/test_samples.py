"""Reference samples: a barcode and no name, one donor for many missing persons, an unbroken custody chain."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session, col, select

from services.appointments import custody
from services.appointments.samples import (
    BarcodeTaken,
    SampleExists,
    TakenInFuture,
    register_sample,
    sample_by_barcode,
)
from services.appointments.sites import UnknownSite
from services.appointments.tables import Donor, Sample
from services.appointments.visits import UnknownVisit
from shared.messages.appointments import SampleCollected
from shared.references import new_reference
from tests.service.appointments.builders import NOON, a_sample, a_session, a_visit, told


def test_a_registered_sample_is_told_with_the_files_it_serves(db: Session) -> None:
    references = sorted([new_reference(), new_reference()])

    register_sample(db, a_sample(db, barcode="IQ-000101", references=references[::-1]))

    [collected] = told(db, SampleCollected)
    assert (collected.barcode, collected.references, collected.relation) == ("IQ-000101", references, "sister")


def test_a_barcode_is_used_once(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="IQ-000102"))

    with pytest.raises(BarcodeTaken):
        register_sample(db, a_sample(db, barcode="IQ-000102"))


def test_a_barcode_taken_meanwhile_is_stopped_by_the_database(db: Session) -> None:
    register_sample(db, a_sample(db, barcode="IQ-000103"))
    second = register_sample(db, a_sample(db, barcode="IQ-000104"))

    with pytest.raises(IntegrityError, match="barcode_once"):
        db.exec(sa.update(Sample).where(col(Sample.id) == second.id).values(barcode="IQ-000103"))


def test_a_sample_is_registered_once(db: Session) -> None:
    asked = a_sample(db, barcode="IQ-000105")
    register_sample(db, asked)

    with pytest.raises(SampleExists):
        register_sample(db, asked.model_copy(update={"barcode": "IQ-000106"}))


def test_one_donor_gives_several_samples(db: Session) -> None:
    donor = uuid4()

    for barcode in ("IQ-000107", "IQ-000108"):
        register_sample(db, a_sample(db, barcode=barcode, donor=donor))

    assert len(db.exec(select(Donor).where(Donor.id == donor)).all()) == 1
    assert {c.donor for c in told(db, SampleCollected)} == {donor}


def test_no_name_is_kept_in_the_clear_or_shown(db: Session) -> None:
    donor = uuid4()
    register_sample(db, a_sample(db, barcode="IQ-000109", donor=donor))

    assert "زينب" not in db.get_one(Donor, donor).sealed_name
    assert not {"donor_name", "sealed_name", "sealed_people"} & set(sample_by_barcode(db, "IQ-000109", "mld"))


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"site": uuid4()}, UnknownSite),
        ({"visit": uuid4()}, UnknownVisit),
        ({"taken_at": NOON + timedelta(hours=2)}, TakenInFuture),
    ],
)
def test_what_cannot_be_is_refused(db: Session, wrong: dict[str, object], refusal: type[Exception]) -> None:
    asked = a_sample(db, barcode="IQ-000110")

    with pytest.raises(refusal):
        register_sample(db, asked.model_copy(update=wrong))


def test_a_sample_names_the_visit_it_was_taken_at(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    asked = a_sample(db, barcode="IQ-000111").model_copy(update={"visit": visit.id})

    register_sample(db, asked)

    assert sample_by_barcode(db, "IQ-000111", "mld")["visit"] == str(visit.id)


def test_an_unknown_barcode_is_not_found(db: Session) -> None:
    with pytest.raises(LookupError):
        sample_by_barcode(db, "IQ-999999", "mld")


def test_custody_begins_when_a_sample_is_registered(db: Session) -> None:
    asked = a_sample(db, barcode="IQ-000112")

    register_sample(db, asked)

    [link] = sample_by_barcode(db, "IQ-000112", "mld")["custody"]
    assert (link["number"], link["kind"], link["site"]) == (1, "collected", str(asked.site))


def test_a_whole_chain_is_proved(db: Session) -> None:
    sample = a_chain_of_three(db, "IQ-000113")

    assert custody.verify(db, sample.id) == 3


@pytest.mark.parametrize("harm", ["UPDATE custody_event SET kind = 'received'", "DELETE FROM custody_event"])
def test_the_database_lets_nobody_change_a_chain(db: Session, harm: str) -> None:
    a_chain_of_three(db, "IQ-000114")

    with pytest.raises(ProgrammingError, match="never changed") as stopped:
        db.connection().exec_driver_sql(harm)

    assert stopped.value.orig is not None


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE custody_event SET recorded_by = gen_random_uuid() WHERE sample = %(sample)s AND number = 2",
        "UPDATE custody_event SET happened_at = now() WHERE sample = %(sample)s AND number = 2",
        "DELETE FROM custody_event WHERE sample = %(sample)s AND number = 2",
    ],
)
def test_a_chain_changed_by_force_is_found_and_named(db: Session, harm: str) -> None:
    sample = a_chain_of_three(db, "IQ-000115")
    db.connection().exec_driver_sql("ALTER TABLE custody_event DISABLE TRIGGER custody_is_only_added")
    db.connection().exec_driver_sql(harm, {"sample": sample.id})
    db.expunge_all()

    with pytest.raises(custody.BrokenChain) as found:
        custody.verify(db, sample.id)

    assert (found.value.sample, found.value.number) == (sample.id, 2)


def a_chain_of_three(db: Session, barcode: str) -> Sample:
    command = a_sample(db, barcode=barcode)
    sample = register_sample(db, command)
    for kind in ("handed_over", "received"):
        custody.add_link(db, sample.id, kind, command, site=None, happened_at=NOON)
    return sample

"""Who is told: every condition holds, consent and a verified phone above all; small counts stay small."""

from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.outreach.audiences import count_audience, freeze_audience
from shared.messages.outreach import Audience
from tests.service.outreach.builders import a_drafted, a_family, families


def chosen(db: Session, **conditions: Any) -> set[Any]:
    """The contacts an audience freezes to."""
    notice = a_drafted(db)
    freeze_audience(db, notice.id, Audience(**conditions))
    rows = db.connection().exec_driver_sql("SELECT contact FROM recipient WHERE notice = %(n)s", {"n": notice.id})
    return set(rows.scalars())


@pytest.mark.parametrize("count", [0, 1, 9])
def test_a_small_audience_is_counted_as_fewer_than_ten(db: Session, count: int) -> None:
    families(db, count, "IQ-SU")

    assert count_audience(db, {"governorates": ["IQ-SU"]}) == "fewer than 10"


def test_a_larger_audience_is_counted(db: Session) -> None:
    families(db, 10, "IQ-SU")

    assert count_audience(db, {"governorates": ["IQ-SU"]}) == "10"


def test_a_contact_of_several_files_counts_once(db: Session) -> None:
    families(db, 9, "IQ-SU")
    contact = uuid4()
    for _ in range(2):
        a_family(db, governorate="IQ-SU", contact=contact)

    assert count_audience(db, {"governorates": ["IQ-SU"]}) == "10"


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ({"governorates": ["IQ-SU", "IQ-AR"]}, {"governorate": "IQ-BA"}),
        ({"events": ["ANFAL_1988"]}, {"event": "SINJAR"}),
        ({"languages": ["ckb"]}, {"language": "ar"}),
        ({"institutions": ["ministry-of-interior"]}, {"institution": "mgd"}),
        ({"fewer_samples_than": 2}, {"samples": 2}),
    ],
)
def test_every_condition_chooses(db: Session, condition: dict[str, Any], other: dict[str, Any]) -> None:
    usual = {"event": "ANFAL_1988", "language": "ckb", "institution": "ministry-of-interior", "samples": 1}
    meant = a_family(db, governorate="IQ-SU", **usual)
    a_family(db, **{"governorate": "IQ-SU", **usual, **other})

    assert chosen(db, **condition) == {meant}


@pytest.mark.parametrize(
    "not_to_be_told", [{"consent_contact": []}, {"is_verified": False}, {"is_open": False}], ids=str
)
def test_who_may_not_be_told_is_in_no_audience(db: Session, not_to_be_told: dict[str, Any]) -> None:
    a_family(db, governorate="IQ-SU", **not_to_be_told)

    assert chosen(db, governorates=["IQ-SU"]) == set()


def test_the_newest_state_of_a_file_counts(db: Session) -> None:
    a_family(db, reference="100000000093", version=3, governorate="IQ-SU", consent_contact=[])
    a_family(db, reference="100000000093", version=2, governorate="IQ-SU")

    assert chosen(db, governorates=["IQ-SU"]) == set()


def test_freezing_says_how_many_are_asked(db: Session) -> None:
    families(db, 7, "IQ-SU")

    assert freeze_audience(db, a_drafted(db).id, Audience(governorates=["IQ-SU"])) == 7

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from portal.staff.entrance import permits
from portal.staff.entrance.permits import Permit, PermitOver, permit, read_permit, sealed_for, verified
from shared.database import utc_now
from shared.references import new_reference
from shared.sealing import Keys, generate_keys

ME, SOMEBODY = uuid4(), uuid4()


@pytest.fixture(autouse=True)
def _some_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    some = Keys(generate_keys())
    monkeypatch.setattr(permits, "keys", lambda: some)


def a_permit(**state: object) -> Permit:
    return replace(permit("report", new_reference(), "the family asks"), **state)  # type: ignore[arg-type]


def test_a_permit_carries_what_why_and_until_when() -> None:
    given = a_permit()
    assert read_permit(ME, "report", sealed_for(ME, given)) == given


def test_a_permit_shows_neither_reference_nor_reason() -> None:
    given = a_permit()
    sealed = sealed_for(ME, given)
    assert given.subject not in sealed
    assert given.reason not in sealed


def test_a_permit_is_good_for_its_owner_and_its_kind_alone() -> None:
    sealed = sealed_for(ME, a_permit())
    for staff, kind in ((SOMEBODY, "report"), (ME, "caller")):
        with pytest.raises(PermitOver):
            read_permit(staff, kind, sealed)


def test_a_permit_ends() -> None:
    sealed = sealed_for(ME, a_permit(until=utc_now() - timedelta(seconds=1)))
    with pytest.raises(PermitOver):
        read_permit(ME, "report", sealed)


@pytest.mark.parametrize("written", ["", "1.", "1.AAAA", "9.AAAA", "…", "1." + "A" * 400])
def test_nonsense_is_no_permit(written: str) -> None:
    with pytest.raises(PermitOver):
        read_permit(ME, "report", written)


def test_a_verified_caller_is_part_of_the_permit() -> None:
    given = permit("caller", new_reference(), "The family calls")
    assert not read_permit(ME, "caller", sealed_for(ME, given)).is_verified
    assert read_permit(ME, "caller", sealed_for(ME, verified(given))).is_verified

"""Copies are compared with their owners, and every way in which one can be wrong is found and named."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.keeping.checking import Difference, differences
from infra.keeping.copies import COPIES, UnknownProjection, chosen
from shared.messages.reports import SetStatus
from shared.parts import Part
from tests.actors import staff_of
from tests.service.keeping.ground import STAFF, System, a_family, a_lived_in_system


def found(system: System, projection: str | None = None) -> list[Difference]:
    return differences(system.settings, projection, settle_s=0)


def kinds(system: System, projection: str | None = None) -> set[tuple[str, str]]:
    return {(difference.copy, difference.kind) for difference in found(system, projection)}


def test_a_lived_in_system_differs_nowhere_and_every_copy_has_rows(system: System) -> None:
    a_lived_in_system(system)

    assert found(system) == []
    empty = [c.name for c in COPIES if not system.count(c.part, f"SELECT count(*) FROM {c.table}")]
    assert empty == []


def test_every_way_to_be_wrong_is_named(system: System) -> None:
    first, second, third, fourth = sorted(a_lived_in_system(system))
    wrong = {"first": first, "second": second, "third": third, "fourth": fourth}
    system.run(Part.PORTAL, "DELETE FROM family_file WHERE reference = :first", **wrong)
    system.run(Part.PORTAL, "UPDATE family_file SET version = version - 1 WHERE reference = :second", **wrong)
    system.run(Part.PORTAL, "UPDATE family_file SET version = version + 1 WHERE reference = :third", **wrong)
    system.run(Part.PORTAL, "UPDATE family_file SET language = 'ckb', samples = 7 WHERE reference = :fourth", **wrong)
    system.run(Part.PORTAL, "UPDATE reply SET answer = 'no'")
    system.run(
        Part.GATEWAY, "INSERT INTO contact SELECT gen_random_uuid(), 1, NULL, NULL, 'ar', 'sms', true, true, now()"
    )

    by_key = {d.key[0]: d for d in found(system) if d.copy == "portal.family_file"}

    assert [by_key[r].kind for r in (first, second, third, fourth)] == ["missing", "behind", "ahead", "different"]
    assert by_key[fourth].detail == "language, samples"
    assert {("portal.reply", "different"), ("gateway.contact", "orphaned")} <= kinds(system)
    assert len(found(system)) == 6


def test_what_is_still_on_its_way_is_given_time(system: System) -> None:
    *_, reference = a_lived_in_system(system)
    system.say(SetStatus(actor=staff_of("mgd", STAFF), reference=reference, status="being_checked"))
    system.carry_once(Part.PORTAL)
    assert {kind for _, kind in kinds(system)} == {"behind"}

    with ThreadPoolExecutor(1) as carrying:
        checked = carrying.submit(differences, system.settings, settle_s=60)
        system.carry()
        assert checked.result() == []


def test_what_a_part_never_took_is_missing_there_alone(system: System) -> None:
    reference = a_family(system)
    system.run(Part.OUTREACH, "DELETE FROM audience_member")

    assert [str(d) for d in found(system)] == [f"outreach.audience_member  {reference}  missing"]


def test_only_what_is_asked_for_is_compared(system: System) -> None:
    a_lived_in_system(system)
    system.run(Part.PORTAL, "DELETE FROM visit")

    assert found(system, "matching") == []
    assert kinds(system, "portal") == kinds(system, "portal.visit") == {("portal.visit", "missing")}


def test_a_name_that_is_no_projection_is_answered_with_those_that_are() -> None:
    with pytest.raises(UnknownProjection, match=r"portal\.visit"):
        chosen("visits")

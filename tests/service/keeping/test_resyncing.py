"""Projections are built anew while everything runs: what was lost comes back, and what is newer stays."""

import pytest

from infra.keeping import resyncing
from infra.keeping.checking import differences
from infra.keeping.copies import COPIES, chosen
from infra.keeping.progress import Quiet
from infra.keeping.resyncing import resync
from shared.messages.reports import SetStatus
from shared.parts import Part
from tests.actors import staff_of
from tests.service.keeping.ground import STAFF, System, a_lived_in_system

# What matching keeps of a family beyond the copy, and what outreach does of a batch, is its own: no table is emptied.
EMPTIED = [c for c in COPIES if c.part is Part.PORTAL or c.name in ("outreach.audience_member", "gateway.contact")]


def test_projections_that_lost_every_row_are_whole_again(system: System) -> None:
    a_lived_in_system(system)
    for copy in EMPTIED:
        system.run(copy.part, f"DELETE FROM {copy.table}")
    assert differences(system.settings, settle_s=0) != []

    resync(system.settings, chosen("all"), Quiet())
    system.carry()

    assert differences(system.settings, settle_s=0) == []


def test_a_resync_of_what_is_right_changes_nothing_and_says_nothing_new(system: System) -> None:
    a_lived_in_system(system)
    before = system.count(Part.PORTAL, "SELECT sum(changed_in) FROM family_file")

    told = resync(system.settings, chosen("all"), Quiet())

    assert system.carry() == sum(told.values())
    assert system.count(Part.PORTAL, "SELECT sum(changed_in) FROM family_file") == before


def test_what_happens_during_a_resync_is_newer_than_what_it_tells(system: System) -> None:
    *_, reference = a_lived_in_system(system)
    resync(system.settings, chosen("all"), Quiet())
    system.say(SetStatus(actor=staff_of("mgd", STAFF), reference=reference, status="being_checked"))
    system.carry_once(Part.PORTAL)
    # The newest overtakes what the resync told before it.
    with system.engines[Part.REPORTS].begin() as db:
        newest = db.exec_driver_sql("DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox) RETURNING *").one()
    system.deliver(newest)

    system.carry()

    status = f"SELECT count(*) FROM family_file WHERE reference = '{reference}' AND status = 'being_checked'"
    assert system.count(Part.PORTAL, status) == 1
    assert differences(system.settings, settle_s=0) == []


def test_one_projection_is_told_to_its_own_queues_alone(system: System) -> None:
    a_lived_in_system(system)

    resync(system.settings, chosen("outreach.audience_member"), Quiet())

    with system.engines[Part.REPORTS].begin() as db:
        said = set(db.exec_driver_sql("SELECT exchange, routing_key FROM outbox"))
    assert {tuple(row) for row in said} == {("", "outreach.report_changed.bulk")}
    system.carry()


def test_a_copy_changed_by_hand_is_mended_anew_though_its_version_is_right(system: System) -> None:
    a_lived_in_system(system)
    system.run(Part.PORTAL, "UPDATE site SET is_open = false")
    system.run(Part.PORTAL, "UPDATE family_file SET version = version + 5")

    resync(system.settings, chosen("portal"), Quiet())
    system.carry()
    assert {d.kind for d in differences(system.settings, settle_s=0)} == {"different", "ahead"}

    resync(system.settings, chosen("portal"), Quiet(), anew=True)
    system.carry()
    assert differences(system.settings, settle_s=0) == []


def test_a_resync_waits_while_the_outbox_is_long(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    a_lived_in_system(system)
    resync(system.settings, chosen("all"), Quiet())
    waited: list[float] = []

    def relay_goes_on(seconds: float) -> None:
        waited.append(seconds)
        system.carry()

    monkeypatch.setattr(resyncing, "MOST_WAITING", 5)
    monkeypatch.setattr(resyncing.time, "sleep", relay_goes_on)
    resync(system.settings, chosen("all"), Quiet())

    assert waited
    system.carry()
    assert differences(system.settings, settle_s=0) == []

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from portal.database import Database
from portal.limits import ALLOWED, ITEMS, SLOWING_DOWN, Limit, Limits, TooMany
from portal.outcomes import Outcome, Outcomes, ask
from portal.projections import settling, visits
from portal.references import allocate_reference
from shared.database import open_session, utc_now
from shared.messages.appointments import CancelVisit, VisitBooked, VisitCancelled
from shared.references import new_reference, parse_reference
from shared.settings import Settings
from tests.actors import family_of
from tests.service.portal.families import Families, received

Doing = Callable[[Database, Outcomes], Awaitable[Any]]


def at_the_portal(config: Settings, doing: Doing) -> Any:
    async def run() -> Any:
        database = Database(config)
        outcomes = Outcomes(database)
        await database.open()
        await outcomes.start()
        try:
            return await doing(database, outcomes)
        finally:
            await outcomes.stop()
            await database.close()

    return asyncio.run(run())


async def told(database: Database, **how: Any) -> UUID:
    async with database.transaction() as cursor:
        return await ask(
            cursor,
            CancelVisit(actor=family_of(new_reference()), visit=uuid4()),
            utc_now(),
            settled_by=VisitCancelled,
            **how,
        )


def cancelled(model: type[VisitBooked] | type[VisitCancelled] = VisitCancelled) -> Any:
    state = "booked" if model is VisitBooked else "cancelled"
    return model(
        visit=uuid4(), version=1, reference=new_reference(), contact=uuid4(), session=uuid4(), site=uuid4(),
        starts_at=utc_now(), places=1, state=state,
    )  # fmt: skip


def refuse(engine: sa.Engine, command: UUID, **values: Any) -> None:
    with open_session(engine) as db:
        refusal = received(CancelVisit.refused(reason="visit_past", values=values), command)
        settling.note_refused(db, refusal)
        db.commit()


def test_the_event_that_carries_it_out_settles_a_command_at_once(
    config: Settings, families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.outcomes.LOOK_AGAIN_S", 600)

    async def doing(database: Database, outcomes: Outcomes) -> Outcome:
        command = await told(database)
        waiting = asyncio.create_task(outcomes.wait_for(command, 600))
        await asyncio.to_thread(families.tell, visits.keep_visit, cancelled(VisitBooked), command)
        assert not waiting.done()
        await asyncio.to_thread(families.tell, visits.keep_visit, cancelled(), command)
        return await asyncio.wait_for(waiting, 30)

    assert at_the_portal(config, doing).state == "done"


def test_who_waited_before_anybody_listened_is_answered_as_soon_as_somebody_does(
    config: Settings, families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.outcomes.LOOK_AGAIN_S", 600)

    async def doing(database: Database, outcomes: Outcomes) -> Outcome:
        await outcomes.stop()
        command = await told(database)
        waiting = asyncio.create_task(outcomes.wait_for(command, 600))
        await asyncio.sleep(0.2)  # it has looked once
        await asyncio.to_thread(families.tell, visits.keep_visit, cancelled(), command)
        await outcomes.start()
        return await asyncio.wait_for(waiting, 30)

    assert at_the_portal(config, doing).state == "done"


def test_a_refusal_reaches_whoever_waits(config: Settings, engine: sa.Engine) -> None:
    async def doing(database: Database, outcomes: Outcomes) -> Outcome:
        command = await told(database)
        await asyncio.to_thread(refuse, engine, command, free=3)
        return await outcomes.wait_for(command, 60)

    outcome = at_the_portal(config, doing)
    assert (outcome.is_refused, outcome.reason, outcome.values) == (True, "visit_past", {"free": 3})


def test_a_refusal_after_the_page_has_gone_is_texted_once(
    config: Settings, engine: sa.Engine, families: Families
) -> None:
    async def doing(database: Database, outcomes: Outcomes) -> UUID:
        command = await told(database, contact=uuid4())
        assert (await outcomes.wait_for(command, 0)).state == "asked"
        return command

    command = at_the_portal(config, doing)
    refuse(engine, command)
    refuse(engine, command)
    assert len(families.texts()) == 1


def test_a_refusal_that_the_page_shows_is_not_texted(config: Settings, engine: sa.Engine, families: Families) -> None:
    refuse(engine, at_the_portal(config, lambda database, _: told(database, contact=uuid4())))
    assert families.texts() == []


def test_a_form_that_is_sent_twice_asks_once(config: Settings, families: Families) -> None:
    request_id = uuid4()

    async def doing(database: Database, _: Outcomes) -> list[UUID]:
        return list(await asyncio.gather(*(told(database, request_id=request_id) for _ in range(5))))

    assert len(set(at_the_portal(config, doing))) == 1
    assert len(families.run("SELECT 1 FROM outbox")) == 1


def test_a_limit_counts_to_its_end_and_says_how_long(config: Settings) -> None:
    async def doing(database: Database, _: Outcomes) -> TooMany:
        limits = Limits(database, config)
        for _ in range(5):
            await limits.count(Limit.CODES_FOR_CASE, "somebody")
        await limits.count(Limit.CODES_FOR_CASE, "another")
        with pytest.raises(TooMany) as too_many:
            await limits.count(Limit.CODES_FOR_CASE, "somebody")
        return too_many.value

    assert 1 <= at_the_portal(config, doing).minutes <= 61


@pytest.mark.parametrize("limit", sorted(SLOWING_DOWN))
def test_a_limit_by_address_slows_down_and_never_closes(config: Settings, limit: Limit) -> None:
    async def doing(database: Database, _: Outcomes) -> list[float]:
        limits, delays = Limits(database, config), list[float]()

        async def note(seconds: float) -> None:
            delays.append(seconds)

        limits.slowing.sleep = note
        within = [await limits.count(limit, "a carrier's") for _ in range(ITEMS[limit].amount)]
        assert all(within)
        assert delays == []
        beyond = [await limits.count(limit, "a carrier's") for _ in range(100)]
        assert not any(beyond)
        assert await limits.count(limit, "another")
        return delays

    delays = at_the_portal(config, doing)
    assert delays == sorted(delays)
    assert (len(delays), min(delays), max(delays)) == (100, 0.1, 8.0)


def test_where_too_many_wait_a_request_is_told_when_to_come_back(config: Settings) -> None:
    async def doing(database: Database, _: Outcomes) -> list[object]:
        limits, go = Limits(database, config), asyncio.Event()
        limits.slowing.sleep = lambda _: go.wait()
        await asyncio.gather(*(limits.has_room(Limit.PINS_BY_ADDRESS, "x") for _ in range(5)))
        waiting = [asyncio.create_task(limits.count(Limit.PINS_BY_ADDRESS, "x")) for _ in range(20)]
        async with asyncio.timeout(10):
            while sum(task.done() for task in waiting) < 12:
                await asyncio.sleep(0.01)
        go.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = at_the_portal(config, doing)
    refusals = [answer for answer in answers if isinstance(answer, TooMany)]
    assert answers.count(False) == 8
    assert [refusal.wait_s for refusal in refusals] == [8.0] * 12


def test_a_limits_window_ends(config: Settings, families: Families) -> None:
    async def doing(database: Database, _: Outcomes) -> list[bool]:
        limits = Limits(database, config)
        full = [await limits.has_room(Limit.PINS_BY_ADDRESS, "x") for _ in range(6)][-1]
        families.run("UPDATE limit_counter SET expires_at = now()")
        return [full, await limits.has_room(Limit.PINS_BY_ADDRESS, "x")]

    assert at_the_portal(config, doing) == [False, True]


def test_limits_at_once_let_no_more_through(config: Settings) -> None:
    async def doing(database: Database, _: Outcomes) -> int:
        limits = Limits(database, config)
        rooms = await asyncio.gather(*(limits.has_room(Limit.CODES_FOR_CASE, "x") for _ in range(40)))
        return sum(rooms)

    assert at_the_portal(config, doing) == int(ALLOWED[Limit.CODES_FOR_CASE].split()[0])


def test_references_are_valid_and_given_out_once(config: Settings, families: Families) -> None:
    async def doing(database: Database, _: Outcomes) -> list[str]:
        async with database.transaction() as cursor:
            return [await allocate_reference(cursor, "mgd") for _ in range(50)]

    given = at_the_portal(config, doing)
    assert [parse_reference(r) for r in given] == given
    assert len(set(given)) == len(families.run("SELECT 1 FROM reference_allocation")) == 50


def test_what_arrives_together_is_kept_together_and_settles_every_command(config: Settings, families: Families) -> None:
    async def doing(database: Database, outcomes: Outcomes) -> list[str]:
        commands = [await told(database) for _ in range(3)]
        first = cancelled()
        newer = first.model_copy(update={"version": 3, "places": 2})
        events = [received(e, c) for e, c in zip((newer, first, cancelled()), commands, strict=True)]
        await asyncio.to_thread(keep, families.engine, events)
        return [(await outcomes.look(command)).state for command in commands]

    def keep(engine: sa.Engine, events: list[Any]) -> None:
        with open_session(engine) as db:
            visits.keep_visit(db, *events)
            db.commit()

    assert at_the_portal(config, doing) == ["done", "done", "done"]
    assert sorted(families.run("SELECT version, places FROM visit")) == [(1, 1), (3, 2)]

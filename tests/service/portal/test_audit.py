import asyncio

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from portal import audit
from portal.database import Database
from shared.database import open_session, utc_now
from shared.settings import Settings
from tests.service.portal.families import Families


def append(config: Settings, *subjects: str) -> None:
    async def appending() -> None:
        database = Database(config)
        await database.open()
        async with database.transaction() as cursor:
            for subject in subjects:
                await audit.append(cursor, utc_now(), "staff", "looked", subject, detail="the mother asked")
        await database.close()

    asyncio.run(appending())


def chain(engine: sa.Engine) -> int:
    with open_session(engine) as db:
        chained = audit.chain(db)
        db.commit()
        return chained


def by_force(families: Families, statement: str) -> None:
    families.run("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    families.run(statement)
    families.run("ALTER TABLE audit_entry ENABLE TRIGGER ALL")


def test_what_was_appended_is_chained_in_order_and_proved_whole(
    config: Settings, engine: sa.Engine, db: Session
) -> None:
    append(config, "a", "b")
    append(config, "c")
    assert chain(engine) == 3
    assert chain(engine) == 0
    append(config, "d")
    assert chain(engine) == 1
    assert audit.verify(db) == audit.Verdict(4)


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit_entry SET subject = 'x' WHERE subject = 'b'", 2),
        ("UPDATE audit_entry SET at = at + interval '1 second' WHERE subject = 'b'", 2),
        ("DELETE FROM audit_entry WHERE subject = 'b'", 2),
        ("DELETE FROM audit_entry WHERE subject = 'd'", 4),
        ("DELETE FROM audit_entry", 1),
        ("UPDATE audit_entry SET sequence = -sequence WHERE subject IN ('b', 'c')", 2),
    ],
)
def test_one_changed_or_missing_entry_is_found_and_named(
    config: Settings, engine: sa.Engine, families: Families, db: Session, tampering: str, broken_at: int
) -> None:
    append(config, "a", "b", "c", "d")
    chain(engine)
    by_force(families, tampering)
    verdict = audit.verify(db)
    assert not verdict.is_whole
    assert verdict.broken_at == broken_at


def test_an_end_that_was_cut_off_and_re_declared_is_found(
    config: Settings, engine: sa.Engine, families: Families, db: Session
) -> None:
    append(config, "a", "b")
    chain(engine)
    by_force(families, "DELETE FROM audit_entry WHERE subject = 'b'")
    families.run("UPDATE audit_head SET (sequence, digest) = (SELECT sequence, digest FROM audit_entry)")
    assert not audit.verify(db).is_whole


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET subject = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_database_itself_refuses_changes(config: Settings, families: Families, change: str) -> None:
    append(config, "a")
    with pytest.raises(sa.exc.DBAPIError, match="audit trail"):
        families.run(change)


def test_the_reason_that_was_given_is_sealed(config: Settings, families: Families) -> None:
    append(config, "a")
    ((sealed,),) = families.run("SELECT sealed_detail FROM audit_entry")
    assert "mother" not in sealed


def test_an_operators_act_is_on_record(config: Settings, families: Families) -> None:
    audit.append_now(config, "parked_message_discarded", {"part": "reports", "message": "1"}, "repaired by hand")
    assert families.run("SELECT door, action FROM audit_entry") == [("system", "parked_message_discarded")]

"""What the projector does by the clock: chains the audit trail, sweeps what has expired."""

from collections.abc import Callable
from functools import cache

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from portal import audit
from shared.database import engine_of, open_session
from shared.logs import log
from shared.parts import Part
from shared.settings import settings

EXPIRED = (
    "DELETE FROM family_session WHERE expires_at < now() - interval '1 hour'",  # what is written late is still kept
    "DELETE FROM phone_proof WHERE expires_at < now() - interval '1 day'",
    "DELETE FROM desk_verification WHERE expires_at < now() - interval '30 days'",
    "DELETE FROM report_draft WHERE expires_at < now()",
    "DELETE FROM kept_words WHERE expires_at < now()",
    "DELETE FROM challenge WHERE expires_at < now() - interval '1 day'",
    "DELETE FROM unsent_code",
    "DELETE FROM limit_counter WHERE expires_at < now()",
    "DELETE FROM conversation WHERE expires_at < now()",
    "DELETE FROM staff_session WHERE expires_at < now()",
    "DELETE FROM staff_invitation WHERE expires_at < now()",
    "DELETE FROM outcome WHERE asked_at < now() - interval '7 days'",
    "DELETE FROM idempotency_key WHERE created_at < now() - interval '30 days'",
    "DELETE FROM delivery_seen WHERE seen_at < now() - interval '14 days'",
)


def chain_audit() -> None:
    """Chain what was appended to the audit trail since the last time."""
    _in_a_transaction(audit.chain)


def sweep() -> None:
    """Remove what has expired: sessions, codes, counters, remembered answers."""
    _in_a_transaction(_sweep)


def _sweep(db: Session) -> None:
    for statement in EXPIRED:
        db.connection().exec_driver_sql(statement)


def _in_a_transaction(work: Callable[[Session], object]) -> None:
    try:
        with open_session(_engine()) as db:
            work(db)
            db.commit()
    except OperationalError as error:
        log.warning("housekeeping_waits", error=type(error).__name__)


@cache
def _engine() -> sa.Engine:
    return engine_of(Part.PORTAL, settings(), connections=2)

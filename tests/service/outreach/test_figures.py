"""What operators see of notices, read from the database when it is asked for."""

from prometheus_client import CollectorRegistry, generate_latest

from services.outreach import metrics
from services.outreach.replies import record_reply
from shared.database import open_session
from shared.figures import Figures
from shared.messages.outreach import RecordReply
from shared.parts import Part
from tests.conftest import PartDatabase
from tests.service.outreach.builders import NOON, a_started, a_turn, families, whose


def test_recipients_are_counted_by_where_their_texts_are(part_database: PartDatabase) -> None:
    engine, registry = part_database(Part.OUTREACH), CollectorRegistry()
    Figures(engine, metrics.FIGURES).serve(registry)
    with open_session(engine, clock=lambda: NOON) as db:
        families(db, 150, "IQ-DA")
        notice = a_started(db, governorate="IQ-DA")
        a_turn(db, notice)
        record_reply(db, RecordReply(actor=whose(db, notice.sent_through), contact=notice.sent_through, answer="yes"))  # pyright: ignore[reportArgumentType]
        db.commit()

    shown = generate_latest(registry).decode()

    assert 'sila_notice_recipients{state="unsent"} 50.0' in shown
    assert 'sila_notice_recipients{state="waiting"} 100.0' in shown
    assert 'sila_notices{state="running"} 1.0' in shown
    assert 'sila_replies{answer="yes"} 1.0' in shown

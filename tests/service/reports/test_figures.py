"""What operators see of late answers, read from the database when it is asked for."""

from datetime import timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from sqlmodel import col, update

from services.reports.concerns import answer_concern
from services.reports.metrics import FIGURES
from services.reports.tables import Concern
from shared.database import open_session, utc_now
from shared.figures import Figures
from tests.service.reports.builders import a_report
from tests.service.reports.test_concerns import answering, raised


def test_answers_that_are_late_are_counted_by_kind_until_they_are_given(engine: sa.Engine) -> None:
    registry = CollectorRegistry()
    Figures(engine, FIGURES).serve(registry)
    with open_session(engine) as db:
        report = a_report(db)
        late, in_time = raised(db, report), raised(db, report)
        raised(db, report, concern_kind="complaint")
        past = update(Concern).where(col(Concern.id) == late).values(due_at=utc_now() - timedelta(hours=1))
        db.execute(past)
        db.commit()
        shown = generate_latest(registry).decode()
        assert 'sila_concerns_late{kind="correction"} 1.0' in shown
        assert 'sila_concerns_late{kind="complaint"} 0.0' in shown
        assert 'sila_concerns_late{kind="question"} 0.0' in shown

        for each in (late, in_time):
            answer_concern(db, answering(report, each))
        db.commit()
    assert 'sila_concerns_late{kind="correction"} 0.0' in generate_latest(registry).decode()

"""When institutions' keys end, as operators see it: the first of each institution that no newer one has replaced."""

import re
from datetime import timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest

from portal.accounts import connect, put_institution
from portal.administration.acting import at_the_command_line
from portal.administration.keys import KeyMade, add_key, revoke_key, rotate_key
from portal.metrics import FIGURES
from shared.database import utc_now
from shared.figures import Figures
from shared.settings import Settings

BY = at_the_command_line("test")


def test_the_first_key_that_ends_is_shown_until_a_newer_one_is_there(engine: sa.Engine, config: Settings) -> None:
    registry = CollectorRegistry()
    Figures(engine, FIGURES).serve(registry)

    def days_left() -> dict[str, int]:
        shown = generate_latest(registry).decode()
        found = re.findall(r'sila_api_key_ends_timestamp_seconds{institution="(\w+)"} (\S+)', shown)
        return {institution: round((float(ends) - utc_now().timestamp()) / 86400) for institution, ends in found}

    with connect(config) as db:
        for institution in ("police", "mgd"):
            put_institution(db, institution, {"en": institution})

        def key(institution: str, label: str, days: int) -> KeyMade:
            made = add_key(db, BY, institution, ["reports"], label, "the desk", days)
            db.commit()
            return made

        key("police", "reports", 300)
        ending, revoked = key("police", "import", 10), key("police", "old", 5)
        key("mgd", "import", 200)
        revoke_key(db, BY, revoked.api_key)
        db.commit()
        assert days_left() == {"police": 10, "mgd": 200}

        rotate_key(db, BY, ending.api_key, days=365, overlap_days=7)
        db.commit()
        assert days_left() == {"police": 300, "mgd": 200}
        db.execute("UPDATE institution SET is_active = false WHERE institution = 'mgd'")
        db.execute("UPDATE api_key SET expires_at = %s", (utc_now() - timedelta(days=1),))
        db.commit()
    assert days_left() == {}

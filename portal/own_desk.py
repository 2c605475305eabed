"""The institutions without which families would wait for nobody: the record's own desk, to which reports by web, text
and phone belong, and the complaints bodies. A new system has none until an administrator adds them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from portal.accounts import connect
from portal.administration.acting import Connection
from shared.production import Problem
from shared.settings import Settings

OPEN: Final = "SELECT institution, kinds FROM institution WHERE is_active AND institution = ANY(%s)"
ADD: Final = "sila institution add {} --name en=… --name ar=… --kind {}"


def find_missing(config: Settings) -> list[Problem]:
    """What is missing, by the setting that names it, and how it is added. Raises psycopg.Error without a database."""
    with connect(config) as db:
        return list(missing_in(db, config))


def missing_in(db: Connection, config: Settings) -> Iterator[Problem]:
    """The same, over a connection that is there."""
    named = [config.own_desk, *config.complaints_bodies]
    kinds: dict[str, Sequence[str]] = dict(db.execute(OPEN, (named,)).fetchall())
    desk = config.own_desk
    if desk not in kinds:
        yield Problem(
            "SILA_OWN_DESK",
            f"there is no institution {desk}, to which the reports that families make by web, text and phone belong: "
            f"nobody would look after them; {ADD.format(desk, 'takes_reports')}, and give it staff",
        )
    elif "takes_reports" not in kinds[desk]:
        yield Problem(
            "SILA_OWN_DESK",
            f"the institution {desk} takes no reports, and those that families make by web, text and phone belong to "
            f"it; sila institution change {desk} with --kind takes_reports, besides its others",
        )
    for body in dict.fromkeys(config.complaints_bodies):
        if body not in kinds and body != desk:
            yield Problem(
                "SILA_COMPLAINTS_BODIES",
                f"there is no institution {body}, which is to answer complaints about others: nobody would; "
                f"{ADD.format(body, 'oversight')}, and give it somebody with the role call_desk, or name another one",
            )

"""`sila site`: which institution runs a collection site."""

from typing import Annotated
from uuid import UUID

import typer

from infra.cli.problems import fail

app = typer.Typer(no_args_is_help=True, help="Collection sites.")

COORDINATOR = """
SELECT s.staff, s.institution FROM staff s JOIN institution i USING (institution)
WHERE s.email = %s AND 'coordinator' = ANY(s.roles) AND 'oversight' = ANY(i.kinds) AND s.is_active AND i.is_active
"""
KNOWN = "SELECT 1 FROM institution WHERE institution = %s AND is_active"


@app.callback()
def _site() -> None:
    """Collection sites."""


@app.command()
def assign(
    site: Annotated[UUID, typer.Argument(help="The site's id.")],
    institution: Annotated[str, typer.Argument(help="The institution that runs it from now on.")],
    coordinator: Annotated[str, typer.Option("--as", help="The e-mail address of the coordinator who decides it.")],
) -> None:
    """Say which institution runs a site, as a coordinator. Sites from before version 2 of the commands name none."""
    from portal import accounts
    from portal.audit import append_now
    from shared.database import utc_now
    from shared.messages.appointments import AssignSite
    from shared.messages.model import Actor
    from shared.messaging.outbox import WRITE, outbox_row, write_parameters
    from shared.settings import settings

    with accounts.connect(settings()) as db:
        found = db.execute(COORDINATOR, (coordinator.lower(),)).fetchone()
        if found is None:
            fail(f"{coordinator} is no coordinator's account")
        if db.execute(KNOWN, (institution,)).fetchone() is None:
            fail(f"there is no institution {institution}")
        actor = Actor(institution=found[1], staff=found[0], national="coordinator")
        command = AssignSite(site=site, runs=institution, actor=actor)
        db.execute(WRITE, write_parameters([outbox_row(command, utc_now())]))
    append_now(settings(), "site_assigned", {"site": site, "institution": institution, "by": found[0]})
    typer.echo("passed on: the site's page shows it in a moment")

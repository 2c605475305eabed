"""`sila migrate`: databases, schemas and the broker's topology."""

from typing import Annotated

import typer

from infra.cli.problems import fail
from shared.parts import Part


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(migrate)


def migrate(
    part: Annotated[Part | None, typer.Option(help="Only this part's database.")] = None,
    autogenerate: Annotated[str, typer.Option(help="Write a migration with this title instead of applying.")] = "",
) -> None:
    """Bring every part's database to the head of its history, and declare exchanges and queues."""
    from shared import schema
    from shared.messaging.topology import declare
    from shared.settings import SettingsError, settings

    try:
        config = settings()
    except SettingsError as problem:
        fail(str(problem))
    if autogenerate:
        typer.echo(schema.autogenerate(config, part or fail("--autogenerate needs --part"), autogenerate))
        return
    for each in [part] if part else list(Part):
        schema.migrate(config, each)
        typer.echo(f"database of {each}: at head")
    if part is None:
        typer.echo(f"broker: {declare(config.amqp_url)} queues")

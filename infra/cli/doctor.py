"""`sila doctor`: what stands against a production start."""

from typing import TYPE_CHECKING

import typer

from infra.cli.problems import fail

if TYPE_CHECKING:
    from shared.settings import Settings

NOT_LOOKED = "note: the portal's database does not answer or is not migrated: missing institutions are not named"


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""
    app.command()(doctor)


def doctor() -> None:
    """Name everything that stops a production start, one problem a line; exit 1 where there is one.

    It looks at the settings, the key file and, where the portal's database answers, which institutions are missing.
    """
    from shared.production import find_problems
    from shared.sealing import KeysUnusable, keys
    from shared.settings import SettingsError, settings

    try:
        config = settings()
    except SettingsError as problem:
        fail(str(problem))
    found = [str(problem) for problem in find_problems(config)]
    try:
        keys()
    except KeysUnusable as problem:
        found.append(str(problem))
    found += _missing_institutions(config)
    if config.environment != "production":
        typer.echo(f"SILA_ENVIRONMENT is {config.environment}; this is what production would say.")
    if found:
        fail("\n".join(found))
    typer.echo("Nothing in the settings stops a production start.")


def _missing_institutions(config: "Settings") -> list[str]:
    import psycopg

    from portal.own_desk import find_missing

    try:
        return [str(problem) for problem in find_missing(config)]
    except psycopg.Error:
        typer.echo(NOT_LOOKED)
        return []

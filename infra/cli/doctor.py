"""`sila doctor`: what stands against a production start."""

import typer

from infra.cli.problems import fail


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""
    app.command()(doctor)


def doctor() -> None:
    """Name everything in the settings that stops a production start, one problem a line; exit 1 where there is one."""
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
    if config.environment != "production":
        typer.echo(f"SILA_ENVIRONMENT is {config.environment}; this is what production would say.")
    if found:
        fail("\n".join(found))
    typer.echo("Nothing in the settings stops a production start.")

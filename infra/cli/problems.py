"""How a command tells that something is wrong: one line on standard error, exit code 1."""

from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """End the command with a message."""
    typer.echo(message, err=True)
    raise typer.Exit(1)

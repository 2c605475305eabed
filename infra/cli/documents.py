"""`sila asyncapi`, `sila access`: documents that are generated from the code."""

import json
from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(asyncapi)
    app.command()(access)


def asyncapi(
    file: Annotated[Path, typer.Argument(help="Where the document goes.")] = Path("docs/asyncapi.json"),
) -> None:
    """Write the AsyncAPI document of all messages."""
    from shared.messages.asyncapi import document

    file.write_text(json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    typer.echo(f"wrote {file}")


def access(
    file: Annotated[Path, typer.Argument(help="Where the document goes.")] = Path("docs/access.md"),
) -> None:
    """Write the table of who may do what."""
    from portal.access_document import document

    file.write_text(document())
    typer.echo(f"wrote {file}")

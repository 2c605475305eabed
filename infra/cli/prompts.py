"""`sila prompts`: what callers hear."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail

app = typer.Typer(no_args_is_help=True, help="The recorded prompts that callers hear.")


@app.command()
def make(
    folder: Annotated[Path, typer.Option(envvar="SILA_VOICE", help="Where placeholders lie.")] = Path(".local/voice"),
) -> None:
    """Have espeak-ng speak what nobody has recorded, in the languages that it has."""
    from infra.voice.placeholders import NoSpeaker, make_placeholders

    try:
        made = make_placeholders(folder)
    except NoSpeaker as problem:
        fail(f"{problem} Until then the carrier's own voices read the prompts.")
    typer.echo(f"made {made} recordings in {folder}")


@app.command()
def manifest() -> None:
    """Write portal/content/voice/manifest.json anew: what is to be recorded, in every language."""
    from infra.voice.manifest import write_manifest

    typer.echo(f"wrote {write_manifest()}")


@app.command()
def missing() -> None:
    """Count what no person has recorded yet."""
    from infra.voice.manifest import lacking

    for lang, names in lacking().items():
        typer.echo(f"{lang}: {len(names)} not recorded")

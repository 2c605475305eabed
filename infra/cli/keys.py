"""`sila keys`: the key file."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail
from shared.sealing import generate_keys, rotate_keys

app = typer.Typer(no_args_is_help=True, help="The key file.")
KeyFile = Annotated[Path, typer.Argument(help="The key file.")]


@app.command()
def generate(path: KeyFile) -> None:
    """Make a new key file that only its owner may read. Never overwrites one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{path} exists; keys are never overwritten")
    with os.fdopen(descriptor, "w") as file:
        json.dump(generate_keys(), file, indent=1)
    typer.echo(f"wrote {path}")


@app.command()
def rotate(path: KeyFile) -> None:
    """Add a new current key for each purpose; the old ones go on opening what they sealed."""
    rotated = rotate_keys(json.loads(path.read_text()))
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(rotated, file, indent=1)
    beside.replace(path)
    typer.echo("rotated; restart the parts to use the new keys")

"""`sila keys`: the key file, and the part of it that each process holds."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail
from infra.secret_files import replace_secret
from shared.sealing import (
    KeysUnusable,
    complete_keys,
    forget_shared_key,
    generate_keys,
    rotate_keys,
    split_keys,
)

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
def split(
    path: KeyFile,
    folder: Annotated[Path, typer.Argument(help="Where the files go, PROCESS.json each.")],
) -> None:
    """Write each process's own key file: the keys that it needs and no others, for its owner alone.

    Run it again after `rotate` and after an upgrade: FILE first gets the keys that this version wants and it lacks.
    """
    content, added = complete_keys(_whole(path))
    if added:
        _write(path, content)
        typer.echo(f"{path} has new keys: {', '.join(added)}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for process, keys in split_keys(content).items():
        _write(folder / f"{process}.json", keys)
    typer.echo(f"wrote {folder}/PROCESS.json; let SILA_KEYS of each process name its own, and put {path} away")


@app.command()
def rotate(path: KeyFile) -> None:
    """Add a new current key for each purpose; the old ones go on opening what they sealed."""
    content, _ = complete_keys(_whole(path))
    _write(path, rotate_keys(content))
    typer.echo("rotated; split the file again, and restart the parts to use the new keys")


@app.command()
def forget_shared(path: KeyFile) -> None:
    """Remove the one key that all parts once shared for what was on the way.

    Once nothing sealed by it is left: no message of before the upgrade waits in an outbox, a queue or a list of failed
    ones.
    """
    _write(path, forget_shared_key(_whole(path)))
    typer.echo("forgotten; split the file again, and restart the parts")


def _whole(path: Path) -> dict[str, object]:
    try:
        content: dict[str, object] = json.loads(path.read_text())
        complete_keys(content)
    except FileNotFoundError:
        fail(f"no key file at {path}; `sila keys generate {path}` makes one")
    except (ValueError, KeyError, TypeError):
        fail(f"{path} is not a key file")
    except KeysUnusable as problem:
        fail(f"{path} is {problem}")
    return content


def _write(path: Path, content: dict[str, object]) -> None:
    replace_secret(path, json.dumps(content, indent=1))

"""`sila broker`: the accounts of Sila's processes at the broker."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail
from infra.secret_files import replace_secret
from shared.parts import Process

app = typer.Typer(no_args_is_help=True, help="The accounts of Sila's processes at the broker.")
IMPORT_LIMIT_S = 60


@app.callback()
def broker() -> None:
    """The accounts of Sila's processes at the broker."""


@app.command()
def accounts(
    folder: Annotated[Path, typer.Argument(help="Where the files go; keep it as you keep the keys.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Also import them, by the rabbitmqctl of this machine.")
    ] = False,
) -> None:
    """Write each process's account and rights at the broker, computed from the messages of this version.

    `definitions.json` is for `rabbitmqctl import_definitions` (or the management plugin); `PROCESS.env` has the
    SILA_AMQP_URL of each process. Passwords are made once and kept in `passwords.json`. Broker and virtual host are
    those of SILA_AMQP_URL, which names an administrator's account. Run it again after every upgrade, before `serve`.
    """
    from shared.messaging.accounts import definitions, url_for, vhost_of
    from shared.settings import SettingsError, settings

    try:
        amqp_url = settings().amqp_url
    except SettingsError as problem:
        fail(str(problem))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = _kept_passwords(folder / "passwords.json")
    described = definitions(vhost_of(amqp_url), passwords)
    replace_secret(folder / "definitions.json", json.dumps(described, indent=1))
    for process in Process:
        url = url_for(amqp_url, process, passwords[process])
        replace_secret(folder / f"{process}.env", f"SILA_AMQP_URL={url}\n")
    typer.echo(
        f"wrote {len(described['users'])} accounts to {folder}/definitions.json, addresses to {folder}/PROCESS.env"
    )
    if apply:
        _import(folder / "definitions.json")
    else:
        typer.echo(f"at the broker: rabbitmqctl import_definitions {folder}/definitions.json")


def _kept_passwords(file: Path) -> dict[Process, str]:
    from shared.messaging.accounts import new_passwords

    passwords = new_passwords()
    if file.exists():
        try:
            kept: dict[str, str] = json.loads(file.read_text())
            passwords |= {Process(process): str(password) for process, password in kept.items()}
        except (ValueError, AttributeError):
            fail(f"{file} is not what `sila broker accounts` wrote; remove it for new passwords")
    replace_secret(file, json.dumps(passwords, indent=1))
    return passwords


def _import(file: Path) -> None:
    program = shutil.which("rabbitmqctl")
    if program is None:
        fail(f"no rabbitmqctl here; at the broker: rabbitmqctl import_definitions {file.name}")
    # It may run as another account, which cannot read the file: so it gets the content.
    try:
        with file.open() as content:
            done = subprocess.run(  # noqa: S603 - the broker's own program
                [program, "import_definitions"],
                stdin=content,
                capture_output=True,
                text=True,
                timeout=IMPORT_LIMIT_S,
            )
    except subprocess.TimeoutExpired:
        fail(f"rabbitmqctl did not end within {IMPORT_LIMIT_S} s")
    if done.returncode:
        fail(f"rabbitmqctl import_definitions failed: {(done.stderr or done.stdout).strip()}")
    typer.echo("imported")

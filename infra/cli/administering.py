"""What the commands about institutions, staff and keys share: a transaction, who acts, and plain errors."""

import getpass
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.problems import fail

if TYPE_CHECKING:
    from portal.administration.acting import By, Connection

As = Annotated[
    str, typer.Option("--as", help="Who does it, for the audit trail; the account on this machine where not given.")
]
Institution = Annotated[str, typer.Argument(help="The institution's short name.")]
MORE = "see `sila institution list`, `sila staff list` or `sila key list`"


@contextmanager
def administering(user: str) -> Generator[tuple["Connection", "By"]]:
    """A transaction on the portal's database, and who acts in it; what is rejected ends the command with its words."""
    import psycopg

    from portal import accounts
    from portal.administration.acting import NotThere, Rejected, at_the_command_line
    from shared.settings import SettingsError, settings

    try:
        with accounts.connect(settings()) as db:
            yield db, at_the_command_line(_named(user))
    except Rejected as rejected:
        fail(f"{rejected.field}: {rejected.words}")
    except NotThere as missing:
        fail(f"there is no {missing}; {MORE}")
    except SettingsError as problem:
        fail(str(problem))
    except psycopg.OperationalError:
        fail("the portal's database does not answer; nothing was changed")


def _named(user: str) -> str:
    if user:
        if len(user) > 100 or not user.isprintable():
            fail("--as: at most 100 characters, in one line")
        return user
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return f"uid {os.getuid()}"


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Rows in columns, the last one as wide as it is."""
    widths = [max(len(row[number]) for row in [head, *rows]) for number in range(len(head))]
    for row in [head, *rows]:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def said_day(moment: object) -> str:
    """A moment's day and minute, in UTC; a dash where there is none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"

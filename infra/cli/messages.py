"""`sila parked`: messages that failed. Whoever lists, opens, replays or discards them is in the audit trail."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from infra.cli.problems import fail
from shared.parts import Part

if TYPE_CHECKING:
    import psycopg

Found = TypeVar("Found")

parked = typer.Typer(no_args_is_help=True, help="Messages that failed.")
Row = Annotated[int, typer.Argument(help="The row's number, as `list` shows it.", min=1, max=2**63 - 1)]
Of = Annotated[Part, typer.Argument(help="The part in whose database it is.")]
OfQueue = Annotated[str, typer.Option("--queue", help="Only queues with this in their name.")]
OfError = Annotated[str, typer.Option("--error", help="Only errors with this in their type or SQLSTATE.")]


@parked.command("list")
def list_parked(
    part: Annotated[Part | None, typer.Option(help="Only this part.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that will be tried again.")] = False,
    queue: OfQueue = "",
    error: OfError = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List parked messages: where, since when, how often tried, and the error."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    _record("listed_parked", str(part or "all"))
    for each in [part] if part else list(Part):
        with messages.connect(settings(), each) as db:
            for m in messages.listed(db, every_state=every, queue=queue, error=error):
                known = {
                    "part": each, "id": m.id, "queue": m.queue, "state": m.state, "tries": m.tries,
                    "since": m.first_failed_at.isoformat(timespec="seconds"), "error": m.error_type,
                    "sqlstate": m.sqlstate, "message": str(m.message_id),
                }  # fmt: skip
                typer.echo(json.dumps(known) if as_json else "  ".join(str(v) for v in known.values() if v is not None))


@parked.command()
def show(part: Of, row: Row) -> None:
    """Show one: its headers, its body as it was sent (personal values sealed), and the error."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    with messages.connect(settings(), part) as db:
        m = _of(part, row, lambda: messages.show(db, row))
    _record("looked_at_error", f"{part}:{m.message_id}")
    typer.echo(
        f"queue    {m.queue}\nmessage  {m.message_id}\nstate    {m.state}, {m.tries} tries, due {m.due_at or '-'}"
    )
    typer.echo(f"error    {m.error_type} {m.sqlstate or ''}\n{m.error}\nat\n{m.frames}")
    typer.echo(f"headers  {json.dumps(m.headers, indent=1)}\nbody\n{m.body.decode(errors='backslashreplace')}")


@parked.command()
def replay(
    part: Of,
    row: Annotated[int | None, typer.Argument(help="The row's number.", min=1, max=2**63 - 1)] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked in this part.")] = False,
    queue: OfQueue = "",
    error: OfError = "",
) -> None:
    """Try a parked message again, now, as the same message; or all, or all that fit --queue and --error."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    with messages.connect(settings(), part) as db:
        if every:
            rows = [m.id for m in messages.listed(db, queue=queue, error=error)]
            _record("replayed_all_parked", str(part))
        else:
            rows = [row or fail("name a row, or --all")]
            _record("replayed_parked", _subject(db, part, rows[0]))
        for each in rows:
            _of(part, each, lambda each=each: messages.replay(db, each))
    typer.echo(f"{len(rows)} will be tried again within a second or two")


@parked.command()
def discard(part: Of, row: Row, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Give a parked message up, with a reason, which goes into the audit trail."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    if not reason.strip():
        fail("say why: the reason goes into the audit trail")
    with messages.connect(settings(), part) as db:
        _record("discarded_parked", _subject(db, part, row), reason)
        _of(part, row, lambda: messages.discard(db, row))
    typer.echo("discarded")


def _subject(db: "psycopg.Connection[Any]", part: Part, row: int) -> str:
    """What the audit trail calls a message, at the console as well."""
    from shared.messaging import parked as messages

    return f"{part}:{_of(part, row, lambda: messages.show(db, row)).message_id}"


def _of(part: Part, row: int, look: Callable[[], Found]) -> Found:
    try:
        return look()
    except LookupError:
        fail(f"{part} has no message {row} with which this can be done")


def _record(action: str, subject: str, reason: str | None = None) -> None:
    """Into the audit trail, before anything is shown or done."""
    from psycopg import OperationalError

    from portal.audit import append_now
    from shared.settings import settings

    try:
        append_now(settings(), action, subject, reason)
    except OperationalError:
        fail("the portal's database, which keeps the audit trail, does not answer: nothing was done")

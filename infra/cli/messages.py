"""`sila parked`: messages that failed."""

import json
from typing import Annotated

import typer

from infra.cli.problems import fail
from shared.parts import Part

parked = typer.Typer(no_args_is_help=True, help="Messages that failed.")
Row = Annotated[int, typer.Argument(help="The row's number, as `list` shows it.")]
Of = Annotated[Part, typer.Argument(help="The part in whose database it is.")]


@parked.command("list")
def list_parked(
    part: Annotated[Part | None, typer.Option(help="Only this part.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that will be tried again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List parked messages: where, since when, how often tried, and the error."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    for each in [part] if part else list(Part):
        with messages.connect(settings(), each) as db:
            for m in messages.listed(db, every_state=every):
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
        try:
            m = messages.show(db, row)
        except LookupError:
            fail(f"{part} has no message {row}")
    typer.echo(
        f"queue    {m.queue}\nmessage  {m.message_id}\nstate    {m.state}, {m.tries} tries, due {m.due_at or '-'}"
    )
    typer.echo(f"error    {m.error_type} {m.sqlstate or ''}\n{m.error}\nat\n{m.frames}")
    typer.echo(f"headers  {json.dumps(m.headers, indent=1)}\nbody\n{m.body.decode(errors='backslashreplace')}")


@parked.command()
def replay(
    part: Of,
    row: Annotated[int | None, typer.Argument(help="The row's number.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked in this part.")] = False,
) -> None:
    """Try a parked message again, now, as the same message."""
    from shared.messaging import parked as messages
    from shared.settings import settings

    with messages.connect(settings(), part) as db:
        rows = [m.id for m in messages.listed(db)] if every else [row or fail("name a row, or --all")]
        for each in rows:
            try:
                messages.replay(db, each)
            except LookupError:
                fail(f"{part} has no message {each}")
    typer.echo(f"{len(rows)} will be tried again within a second or two")


@parked.command()
def discard(part: Of, row: Row, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Give a parked message up, with a reason, which goes into the audit trail."""
    from portal.audit import append_now
    from shared.messaging import parked as messages
    from shared.settings import settings

    with messages.connect(settings(), part) as db:
        try:
            message = messages.show(db, row)
            append_now(
                settings(), "parked_message_discarded", {"part": part, "message": str(message.message_id)}, reason
            )
            messages.discard(db, row)
        except LookupError:
            fail(f"{part} has no parked message {row}")
    typer.echo("discarded")

"""`sila way`: what became of one message."""

import json
from typing import Annotated

import typer

from infra.cli.problems import fail


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""
    app.command()(way)


def way(
    written: Annotated[str, typer.Argument(metavar="ID", help="Of a message, text or batch, or the carrier's (SM…).")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Follow a message from door to phone: every step that a part's database knows, of it and of all it led to."""
    from portal.audit import append_now
    from portal.staff.oversight.ways import NotAnId, find_way, parse_id
    from shared.settings import settings

    try:
        sought = parse_id(written)
    except NotAnId:
        fail("an id has 32 hexadecimal digits, with or without hyphens; the carrier's begins with SM")
    append_now(settings(), "followed_message", sought.carrier_id or str(sought.message))
    found = find_way(settings(), sought)
    for part in found.away:
        typer.echo(f"the database of {part} does not answer: its steps are missing", err=True)
    for step in found.steps:
        at = step.at.isoformat(timespec="milliseconds") if step.at else None
        known = {"at": at, "part": step.part, "kind": step.kind, "what": step.what, "message": step.message}
        shown = json.dumps(known, default=str) if as_json else "  ".join(str(v) for v in known.values() if v)
        typer.echo(shown)
    if not found.steps:
        fail(f"nothing is known of it: what was carried out is remembered for {found.remembered_days} days")

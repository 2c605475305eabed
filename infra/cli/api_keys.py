"""`sila key`: the API keys of institutions. (`sila keys` is about the key file that seals what is at rest.)"""

from typing import Annotated
from uuid import UUID

import typer

from infra.cli.administering import As, administering, print_table, said_day

app = typer.Typer(no_args_is_help=True, help="API keys of institutions (not the key file: that is `sila keys`).")

Key = Annotated[UUID, typer.Argument(help="The key's id, as `sila key list` shows it.")]
Days = Annotated[int, typer.Option(help="For how many days it is good.")]


@app.command("list")
def list_all(institution: Annotated[str, typer.Option(help="Of this institution only.")] = "") -> None:
    """Every key: its owner, scopes, end and last use. A scope in brackets is outside of its institution's kinds."""
    from portal.administration.institutions import find_institution
    from portal.administration.keys import list_keys

    with administering("") as (db, _):
        if institution:
            find_institution(db, institution)
        rows = [
            (
                str(each.api_key),
                each.institution,
                each.state,
                ",".join(scope if scope in each.effective_scopes else f"({scope})" for scope in each.scopes),
                said_day(each.expires_at),
                said_day(each.last_used_at),
                each.owner or "unknown",
                each.label,
            )
            for each in list_keys(db, institution or None)
        ]
    print_table(("KEY", "INSTITUTION", "STATE", "SCOPES", "ENDS (UTC)", "LAST USED", "OWNER", "LABEL"), rows)


@app.command()
def add(
    institution: Annotated[str, typer.Argument(help="The institution's short name.")],
    scope: Annotated[list[str], typer.Option(help="reports or laboratory; may be given several times.")],
    label: Annotated[str, typer.Option(help="What it is for, such as: case management, production.")],
    owner: Annotated[str, typer.Option(help="Who answers for it: a member's e-mail address, or a contact in words.")],
    days: Days = 365,
    user: As = "",
) -> None:
    """Make a key and print it, this once."""
    from portal.administration.keys import add_key

    with administering(user) as (db, by):
        made = add_key(db, by, institution, scope, label, owner, days)
    typer.echo(made.key)
    typer.echo(f"id {made.api_key}, good until {said_day(made.expires_at)} UTC", err=True)


@app.command()
def revoke(key: Key, user: As = "") -> None:
    """Revoke a key: its next call is refused."""
    from portal.administration.keys import revoke_key

    with administering(user) as (db, by):
        revoke_key(db, by, key)
    typer.echo("revoked")


@app.command()
def rotate(
    key: Key,
    days: Days = 365,
    overlap_days: Annotated[int, typer.Option(help="For how many days the old key stays good.")] = 0,
    user: As = "",
) -> None:
    """Make a new key in the place of another, and print it, this once."""
    from portal.administration.keys import rotate_key

    with administering(user) as (db, by):
        made = rotate_key(db, by, key, days, overlap_days)
    typer.echo(made.key)
    typer.echo(f"id {made.api_key}, good until {said_day(made.expires_at)} UTC", err=True)

"""`sila staff`: accounts of people, their one-time links, sessions and declared relations."""

from typing import Annotated

import typer

from infra.cli.administering import As, administering, print_table, said_day
from infra.cli.problems import fail

app = typer.Typer(no_args_is_help=True, help="Staff accounts.")

Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]
Reference = Annotated[
    str, typer.Option(prompt=True, help="The report's reference; asked for where not given, so that no shell keeps it.")
]


@app.command("list")
def list_all(institution: Annotated[str, typer.Option(help="Of this institution only.")] = "") -> None:
    """Every account with its roles and state. A role in brackets is outside of its institution's kinds."""
    from portal.administration.institutions import find_institution
    from portal.administration.staff import list_accounts

    with administering("") as (db, _):
        if institution:
            find_institution(db, institution)
        rows = [
            (
                each.email,
                each.institution,
                each.state,
                str(each.sessions),
                ",".join(role if role in each.effective_roles else f"({role})" for role in each.roles),
                each.name,
            )
            for each in list_accounts(db, institution or None)
        ]
    print_table(("E-MAIL", "INSTITUTION", "STATE", "SESSIONS", "ROLES", "NAME"), rows)


@app.command()
def add(
    email: Email,
    institution: Annotated[str, typer.Option(help="The institution's short name.")],
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    name: Annotated[str, typer.Option(help="What colleagues see.")] = "",
    with_password: Annotated[
        bool, typer.Option("--with-password", help="Print a password and a TOTP secret, this once, instead of a link.")
    ] = False,
    user: As = "",
) -> None:
    """Make an account and print its one-time link. An address that has an account keeps it as it is."""
    from portal.administration.staff import add_with_password, invite

    if with_password:
        with administering(user) as (db, by):
            made = add_with_password(db, by, email, name, institution, role)
        typer.echo(f"password     {made.password}\nTOTP secret  {made.totp_secret}")
        return
    with administering(user) as (db, by):
        invitation = invite(db, by, email, name, institution, role)
    _print_link(invitation.token)


@app.command()
def change(
    email: Email,
    role: Annotated[list[str] | None, typer.Option(help="All roles from now on; may be given several times.")] = None,
    name: Annotated[str, typer.Option(help="What colleagues see.")] = "",
    user: As = "",
) -> None:
    """Set an account's roles (all of them) or name. Other roles log it out."""
    from portal.administration import staff

    if not role and not name:
        fail("nothing to change: give --role or --name")
    with administering(user) as (db, by):
        staff.change(db, by, staff.find_by_email(db, email).staff, name or None, role)
    typer.echo("changed")


@app.command()
def disable(email: Email, user: As = "") -> None:
    """Close an account: its sessions end at once."""
    from portal.administration import staff

    with administering(user) as (db, by):
        staff.disable(db, by, staff.find_by_email(db, email).staff)
    typer.echo("disabled")


@app.command()
def enable(email: Email, user: As = "") -> None:
    """Open a disabled account again."""
    from portal.administration import staff

    with administering(user) as (db, by):
        staff.enable(db, by, staff.find_by_email(db, email).staff)
    typer.echo("enabled")


@app.command()
def reset(email: Email, user: As = "") -> None:
    """Take password and authenticator away, end the sessions, and print a new one-time link."""
    from portal.administration import staff

    with administering(user) as (db, by):
        invitation = staff.reset(db, by, staff.find_by_email(db, email).staff)
    _print_link(invitation.token)


@app.command()
def sessions(email: Email) -> None:
    """An account's open sessions."""
    from portal.administration import staff

    with administering("") as (db, _):
        found = staff.sessions_of(db, staff.find_by_email(db, email).staff)
    rows = [(said_day(each.created_at), said_day(each.seen_at), said_day(each.expires_at)) for each in found]
    print_table(("BEGAN (UTC)", "SEEN", "ENDS"), rows)


@app.command("end-sessions")
def end_sessions(email: Email, user: As = "") -> None:
    """Log an account out everywhere."""
    from portal.administration import staff

    with administering(user) as (db, by):
        ended = staff.end_sessions(db, by, staff.find_by_email(db, email).staff)
    typer.echo(f"ended {ended}")


@app.command("declare-relative")
def declare_relative(email: Email, reference: Reference, user: As = "") -> None:
    """Declare that a report is about a member's relative: its file is refused to her from now on."""
    from portal.administration import relations, staff

    with administering(user) as (db, by):
        relations.declare(db, by, staff.find_by_email(db, email).staff, _parsed(reference))
    typer.echo("declared")


@app.command("end-relative")
def end_relative(email: Email, reference: Reference, user: As = "") -> None:
    """End a declared relation."""
    from portal.administration import relations, staff
    from portal.administration.acting import NotThere

    with administering(user) as (db, by):
        account = staff.find_by_email(db, email)
        try:
            relations.end_about(db, by, account.staff, _parsed(reference))
        except NotThere:
            fail("no relation of this account to this report is declared")
    typer.echo("ended")


def _parsed(reference: str) -> str:
    from shared.references import InvalidReference, parse_reference

    try:
        return parse_reference(reference)
    except InvalidReference:
        fail("a reference has 12 digits; one digit may be wrong or missing")


def _print_link(token: str) -> None:
    from shared.settings import settings

    typer.echo(f"{settings().base_url.rstrip('/')}/staff/welcome/{token}")
    typer.echo("Good once and for 72 hours. Hand it over by a way that nobody else reads.", err=True)

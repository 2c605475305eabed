"""`sila seed`, `sila staff` and `sila audit`."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail

staff = typer.Typer(no_args_is_help=True, help="Staff accounts.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(seed)
    app.add_typer(staff, name="staff")
    app.add_typer(audit, name="audit")


def seed(
    file: Annotated[Path, typer.Option(help="Where the demo's accounts, cases and keys are written.")] = Path(
        ".local/demo.json"
    ),
    families: Annotated[int, typer.Option(help="How many further families for notices.", min=0, max=1_000_000)] = 2000,
) -> None:
    """Make demo data through the running parts: cases in every state, staff for every role, sites, a meeting."""
    from infra.demo.seeding import SeedingFailed
    from infra.demo.seeding import seed as seed_demo
    from shared.settings import settings

    if settings().environment == "production":
        fail("demo data is not for production")
    try:
        done = seed_demo(settings(), file, families, lambda step: typer.echo(f"seeding: {step}"))
    except SeedingFailed as problem:
        fail(f"seeding failed: {problem}")
    typer.echo("seeded" if done else "the demo is there already")


@staff.callback()
def _staff() -> None:
    """Staff accounts."""


@staff.command("add")
def add_staff(
    email: Annotated[str, typer.Argument()],
    institution: Annotated[str, typer.Option(help="The institution's short name.")],
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    name: Annotated[str, typer.Option(help="What colleagues see.")] = "",
) -> None:
    """Make an account and print its password and TOTP secret, this once."""
    from portal import accounts
    from portal.audit import append_now
    from shared.settings import settings

    try:
        roles = [accounts.Role(r) for r in role]
    except ValueError:
        fail(f"roles are: {', '.join(accounts.Role)}")
    with accounts.connect(settings()) as db:
        accounts.put_institution(db, institution, {"en": institution})
        made = accounts.add_staff(db, email, name or email.partition("@")[0], roles, institution)
    append_now(settings(), "staff_added", {"staff": made.staff, "roles": role, "institution": institution})
    typer.echo(f"password     {made.password}\nTOTP secret  {made.totp_secret}")


@audit.callback()
def _audit() -> None:
    """The audit trail."""


@audit.command()
def verify() -> None:
    """Prove the audit trail whole, or name its first broken entry and exit with 1."""
    from portal.audit import verify as verify_trail
    from shared.database import engine_of, open_session
    from shared.parts import Part
    from shared.settings import settings

    with open_session(engine_of(Part.PORTAL, settings(), connections=1)) as db:
        verdict = verify_trail(db)
    if not verdict.is_whole:
        fail(f"broken at entry {verdict.broken_at}: {verdict.why}; {verdict.entries} entries before it hold")
    typer.echo(f"whole: {verdict.entries} entries")

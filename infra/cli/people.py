"""`sila seed` and `sila audit`."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(seed)
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

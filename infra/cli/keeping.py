"""`sila resync`, `sila check`, `sila backup`, `sila restore`: projections in step with their owners, and all databases
kept safe."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.problems import fail

if TYPE_CHECKING:
    from shared.settings import Settings

Projection = Annotated[
    str, typer.Argument(help="A part that keeps copies (portal), one of its tables (portal.visit), or all.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(resync)
    app.command()(check)


def resync(
    projection: Projection,
    anew: Annotated[
        bool,
        typer.Option(help="Take what owners tell whatever the copies' versions: for copies changed by hand."),
    ] = False,
) -> None:
    """Rebuild projections while everything runs: owners tell the state of all they own again, in the bulk lane."""
    from infra.keeping import resyncing
    from infra.keeping.copies import UnknownProjection, chosen
    from infra.keeping.progress import shown

    try:
        copies = chosen(projection)
    except UnknownProjection as problem:
        fail(str(problem))
    with shown() as steps:
        told = resyncing.resync(_settings(), copies, steps, anew=anew)
    for owner, count in told.items():
        typer.echo(f"{owner}: {count} states told again")


def check(
    projection: Projection = "all",
    settle: Annotated[float, typer.Option(help="Seconds that what differs has to arrive.", min=0)] = 10,
) -> None:
    """Compare projections with their owners; print what differs and go on differing, and exit with 1."""
    from infra.keeping import checking
    from infra.keeping.copies import UnknownProjection
    from infra.keeping.progress import shown

    try:
        with shown() as steps:
            found = checking.differences(_settings(), projection, settle_s=settle, steps=steps)
    except UnknownProjection as problem:
        fail(str(problem))
    for difference in found:
        typer.echo(str(difference))
    if found:
        fail(f"{len(found)} differences: docs/operators.md, A projection looks wrong")
    typer.echo("every copy is its owner's state")


def _settings() -> "Settings":
    from shared.settings import SettingsError, settings

    try:
        return settings()
    except SettingsError as problem:
        fail(str(problem))

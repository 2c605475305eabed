"""`sila resync`, `sila check`, `sila backup`, `sila restore`: projections in step with their owners, and all databases
kept safe."""

from pathlib import Path
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
    app.command()(backup)
    app.command()(restore)


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


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder of its own for this backup; it must be new or empty.")],
    drain: Annotated[float, typer.Option(help="Seconds that the broker has to run empty.", min=0)] = 60,
) -> None:
    """Write every part's database into a folder, all as of one moment. Keys are not in it: keep them apart."""
    from infra.keeping import backing_up
    from infra.keeping.cut import NoCut
    from infra.keeping.programs import ProgramFailed
    from infra.keeping.progress import shown
    from portal.audit import append_now

    try:
        with shown() as steps:
            manifest = backing_up.back_up(_settings(), folder, steps, drain_s=drain)
    except (backing_up.FolderInUse, NoCut, ProgramFailed) as problem:
        fail(str(problem))
    append_now(_settings(), "backup_made", {"made_at": manifest.made_at})
    rows = sum(table.rows for kept in manifest.databases.values() for table in kept.tables.values())
    size = sum(kept.size_bytes for kept in manifest.databases.values())
    typer.echo(f"{folder}: {rows} rows, {size / 1e6:.1f} MB, as of {manifest.made_at.isoformat(timespec='seconds')}")
    typer.echo(
        "It holds names, and is not encrypted: encrypt it before it leaves this machine. The keys are not in it."
    )
    if manifest.in_broker != 0:
        held = "an unknown number of" if manifest.in_broker is None else str(manifest.in_broker)
        typer.echo(f"The broker held {held} messages that no database had taken: they are not in it.", err=True)


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup's folder.", exists=True, file_okay=False)],
    resume: Annotated[
        bool,
        typer.Option(help="Let go what was about to be sent: only when nothing was sent since the backup."),
    ] = False,
) -> None:
    """Restore a backup into an empty system whose parts are stopped. A damaged backup changes nothing."""
    from infra.keeping import restoring
    from infra.keeping.manifest import BackupDamaged, OtherKeys
    from infra.keeping.programs import ProgramFailed
    from infra.keeping.progress import shown
    from portal.audit import append_now

    try:
        with shown() as steps:
            manifest = restoring.restore(_settings(), folder, steps, resume=resume)
    except (BackupDamaged, OtherKeys, restoring.NotEmpty, restoring.InUse, ProgramFailed) as problem:
        fail(str(problem))
    append_now(_settings(), "backup_restored", {"made_at": manifest.made_at})
    typer.echo(f"restored as of {manifest.made_at.isoformat(timespec='seconds')}")
    typer.echo("next: sila migrate, start the parts, sila resync all, sila check")


def _settings() -> "Settings":
    from shared.settings import SettingsError, settings

    try:
        return settings()
    except SettingsError as problem:
        fail(str(problem))

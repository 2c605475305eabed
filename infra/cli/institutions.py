"""`sila institution`: the bodies that take part, and what each is there for."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.administering import As, Institution, administering, print_table
from infra.cli.problems import fail

if TYPE_CHECKING:
    from portal.administration.acting import Connection
    from shared.messages.model import Actor

app = typer.Typer(no_args_is_help=True, help="Institutions, their names and kinds.")

NAMES = typer.Option("--name", help="LANGUAGE=TEXT, such as en=Police; may be given several times.")
KINDS = typer.Option(
    "--kind", help="takes_reports, laboratory, outreach_partner or oversight; may be given several times."
)
NOT_TOLD = (
    "note: the central record was not told, so that no coordinator can hand its reports over; "
    "--as with a coordinator's or national administrator's e-mail address tells it"
)
NATIONAL = """
SELECT s.staff, s.institution, s.roles FROM staff s JOIN institution i USING (institution)
WHERE s.email = lower(%s) AND s.is_active AND i.is_active AND 'oversight' = ANY(i.kinds)
    AND s.roles && ARRAY['coordinator', 'national_admin']
"""


@app.command("list")
def list_all() -> None:
    """Every institution with its kinds, and how many people and good keys it has."""
    from portal.administration.institutions import list_institutions

    with administering("") as (db, _):
        rows = [
            (
                each.institution,
                "open" if each.is_active else "closed",
                ",".join(each.kinds) or "–",
                str(each.people),
                str(each.keys),
                each.name.get("en") or next(iter(each.name.values()), ""),
            )
            for each in list_institutions(db)
        ]
        missing = _missing(db)
    print_table(("INSTITUTION", "STATE", "KINDS", "PEOPLE", "KEYS", "NAME"), rows)
    _say(missing)


@app.command()
def add(
    institution: Institution,
    name: Annotated[list[str], NAMES],
    kind: Annotated[list[str], KINDS],
    user: As = "",
) -> None:
    """Add an institution. One that is there is never changed by this."""
    from portal.administration.institutions import add_institution

    with administering(user) as (db, by):
        add_institution(db, by, institution, _names(name), kind)
        missing = _missing(db)
    typer.echo(f"added {institution}")
    _say(missing)


@app.command()
def change(
    institution: Institution,
    name: Annotated[list[str] | None, NAMES] = None,
    kind: Annotated[list[str] | None, KINDS] = None,
    user: As = "",
) -> None:
    """Set names (other languages stay as they are) or the kinds (all of them). Other kinds log its people out."""
    from portal.administration.institutions import change_institution, find_institution

    if not name and not kind:
        fail("nothing to change: give --name or --kind")
    with administering(user) as (db, by):
        named = {**find_institution(db, institution).name, **_names(name)} if name else None
        change_institution(db, by, institution, named, kind)
    typer.echo(f"changed {institution}")


@app.command()
def close(institution: Institution, user: As = "") -> None:
    """Close an institution: its people are out and its keys refused from the next request on."""
    from portal.administration.institutions import close_institution

    with administering(user) as (db, by):
        noted_by = _national(db, user)
        close_institution(db, by, institution, noted_by)
    typer.echo(f"closed {institution}")
    if noted_by is None:
        typer.echo(NOT_TOLD)


@app.command()
def reopen(institution: Institution, user: As = "") -> None:
    """Open a closed institution again, with its people and keys as they were."""
    from portal.administration.institutions import reopen_institution

    with administering(user) as (db, by):
        noted_by = _national(db, user)
        reopen_institution(db, by, institution, noted_by)
    typer.echo(f"opened {institution} again")
    if noted_by is None:
        typer.echo(NOT_TOLD)


def _missing(db: "Connection") -> list[str]:
    """What is missing of the institutions without which families would wait for nobody."""
    from portal.own_desk import missing_in
    from shared.settings import settings

    return [str(problem) for problem in missing_in(db, settings())]


def _say(missing: list[str]) -> None:
    for each in missing:
        typer.echo(f"missing: {each}")


def _national(db: "Connection", user: str) -> "Actor | None":
    """The coordinator or national administrator whose address `--as` gave, as the central record knows actors."""
    from shared.messages.model import Actor

    found = db.execute(NATIONAL, (user,)).fetchone() if "@" in user else None
    if found is None:
        return None
    national = "coordinator" if "coordinator" in found[2] else "administrator"
    return Actor(institution=found[1], staff=found[0], national=national)


def _names(written: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in written]
    if any(not (code and equals and text) for code, equals, text in pairs):
        fail("--name is LANGUAGE=TEXT, such as --name en=Police")
    return {code: text for code, _, text in pairs}

"""Whose reference sample would help a file most: the nearest living relatives that nobody has a sample of."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlmodel import Session, col, select

from services.reports.tables import ParentLink, Person, Report
from shared.messages.report_content import ReportContent

# Parents, children and full siblings are the preferred references; the others add less by themselves
# (Ge, Budowle, Chakraborty 2011). A spouse is no kin, but tells the children's other half apart.
NEARNESS: Final = (
    "mother", "father", "daughter", "son", "sister", "brother", "wife", "husband", "half_sister", "half_brother",
    "grandmother", "grandfather", "granddaughter", "grandson", "maternal_aunt", "maternal_uncle", "paternal_uncle",
    "paternal_aunt",
)  # fmt: skip
MOST: Final = 4
NEEDED_FOR_SPOUSE: Final = frozenset({"daughter", "son"})


class Kin(NamedTuple):
    """A relative as far as it matters here. `may_help`: alive, kin by blood as far as known, willing, not yet asked."""

    relation: str | None
    may_help: bool


def would_help(kin: Iterable[Kin]) -> list[str]:
    """The relations whose samples would help most, nearest first, each once, at most four."""
    known = list(kin)
    open_to = {each.relation for each in known if each.may_help}
    if not NEEDED_FOR_SPOUSE & {each.relation for each in known}:
        open_to -= {"wife", "husband"}
    return [relation for relation in NEARNESS if relation in open_to][:MOST]


def kin_told(content: ReportContent) -> list[Kin]:
    """The relatives that a report names, its reporter with them."""
    named = [
        Kin(r.relation, r.is_alive is not False and r.is_willing_to_give_sample is not False and r.biological != "no")
        for r in content.relatives
    ]
    return [*named, Kin(content.reporter.relation, True)]


def count_helpers(db: Session, report: Report) -> None:
    """Derive whose sample would help, from all that is on record of the relatives now."""
    db.flush()
    relatives = select(Person).where(
        col(Person.reference) == report.reference, col(Person.role).in_(("relative", "reporter"))
    )
    persons, adopted = db.exec(relatives).all(), _by_adoption(db, report.reference)
    report.would_help = would_help(Kin(p.relation, _may_help(p) and p.id not in adopted) for p in persons)
    db.add(report)


def _may_help(person: Person) -> bool:
    return person.donor is None and person.is_alive is not False and person.is_willing_to_give_sample is not False


def _by_adoption(db: Session, reference: str) -> set[object]:
    links = select(ParentLink).where(col(ParentLink.reference) == reference, col(ParentLink.biological) == "no")
    return {person for link in db.exec(links) for person in (link.child, link.parent)}

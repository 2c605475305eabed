"""The relatives that a report names, as persons of a pedigree; the reporter is one of them where they are kin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from services.reports.names import normalise
from services.reports.pedigree import SEX_OF, Pedigree
from services.reports.rows import Rows
from services.reports.sealed import seal_if
from services.reports.statements import Source, name_in_parts
from services.reports.tables import ParentLink, PartnerLink, Person, WrittenName
from shared.messages.report_content import RelativeEntry, Reporter
from shared.messages.report_content import WrittenName as Name


def new_pedigree(missing: UUID, sex: str | None) -> Pedigree:
    """The family of a person of whom nobody has told anything yet."""
    return Pedigree(missing, sex, uuid4)


def pedigree_of(db: Session, missing: Person) -> Pedigree:
    """The family as it was told so far."""
    pedigree = new_pedigree(missing.id, missing.sex)
    links = select(ParentLink).where(col(ParentLink.reference) == missing.reference)
    for link in db.exec(links):
        pedigree.known.add((link.child, link.parent))
        if link.biological != "no":
            pedigree.parents.setdefault((link.child, link.parent_is), link.parent)  # pyright: ignore[reportArgumentType]
    connecting = select(Person.id).where(col(Person.reference) == missing.reference, col(Person.role) == "connecting")
    pedigree.unnamed.update(db.exec(connecting))
    return pedigree


def add_reporter(rows: Rows, pedigree: Pedigree, reporter: Reporter, source: Source) -> UUID:
    """The person who reports. Returns their id."""
    relation = reporter.relation
    person = pedigree.id_for(relation or "")
    said = {"role": "reporter", "relation": relation, "sex": SEX_OF.get(relation or ""), "is_alive": True}
    _keep(rows, pedigree, person, said, reporter.name, source)
    if relation:
        pedigree.add(person, relation)
    return person


def add_relatives(rows: Rows, pedigree: Pedigree, entries: Iterable[RelativeEntry], source: Source) -> None:
    """The relatives of a report, parents before those who are kin through them."""
    for entry in sorted(entries, key=lambda entry: entry.relation not in ("father", "mother")):
        person = pedigree.id_for(entry.relation)
        said = {
            "role": "relative",
            "relation": entry.relation,
            "sex": SEX_OF.get(entry.relation),
            "is_alive": entry.is_alive,
            "is_willing_to_give_sample": entry.is_willing_to_give_sample,
            "sealed_phone": seal_if(entry.phone, f"relative-phone:{person}"),
        }
        _keep(rows, pedigree, person, said, entry.name, source)
        pedigree.add(person, entry.relation, entry.biological, entry.through)


def write_links(rows: Rows, pedigree: Pedigree, source: Source) -> None:
    """Keep what the pedigree has grown by: persons between, and who is whose parent or partner."""
    for person, sex in pedigree.connecting.items():
        add_person(rows, person, source.reference, {"role": "connecting", "sex": sex})
    told = source.columns
    for edge in pedigree.edges:
        about = {"parent_is": edge.parent_is, "biological": edge.biological}
        rows.add(ParentLink, child=edge.child, parent=edge.parent, **about, **told)
    for one, other in pedigree.partners:
        rows.add(PartnerLink, one=one, other=other, **told)


_NOT_SAID: Final = dict.fromkeys(("relation", "sex", "is_alive", "is_willing_to_give_sample", "sealed_phone"))


def add_person(rows: Rows, person: UUID, reference: str, said: Mapping[str, Any]) -> None:
    """Keep a person of a report, with what is said of them; `role` always is."""
    rows.add(Person, id=person, reference=reference, **{**_NOT_SAID, **said})


def not_yet_told(db: Session, reference: str, entries: Sequence[RelativeEntry]) -> list[RelativeEntry]:
    """Those of the entries whose relation and name are not on record."""
    if not entries:
        return []
    rows = select(Person.relation, WrittenName.raw).where(
        col(Person.reference) == reference, col(WrittenName.person) == col(Person.id)
    )
    told = {(relation, normalise(raw)) for relation, raw in db.exec(rows)}
    unnamed = set(db.exec(select(Person.relation).where(col(Person.reference) == reference)))
    return [
        entry
        for entry in entries
        if ((entry.relation, normalise(entry.name)) not in told if entry.name else entry.relation not in unnamed)
    ]


def person_of(db: Session, reference: str, role: str) -> Person:
    """The missing person of a report, or its reporter."""
    return db.exec(select(Person).where(col(Person.reference) == reference, col(Person.role) == role)).one()


def _keep(
    rows: Rows, pedigree: Pedigree, person: UUID, said: Mapping[str, Any], name: str | None, source: Source
) -> None:
    """Keep a person, who may take the place of one that connected others without a name."""
    if person in pedigree.named_later:
        rows.replace(Person, id=person, reference=source.reference, **{**_NOT_SAID, **said})
    else:
        add_person(rows, person, source.reference, said)
    if name:
        rows.add(WrittenName, id=uuid4(), person=person, **name_in_parts(Name(raw=name)), **source.columns)

"""The relatives that a report names, as persons of a pedigree; the reporter is one of them where they are kin."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

from sqlmodel import Session, col, select

from services.reports.names import normalise
from services.reports.pedigree import SEX_OF, Pedigree
from services.reports.sealed import seal_if
from services.reports.statements import Source, written_name
from services.reports.tables import ParentLink, PartnerLink, Person, WrittenName
from shared.messages.report_content import RelativeEntry, Reporter
from shared.messages.report_content import WrittenName as Name


def new_pedigree(missing: Person) -> Pedigree:
    """The family of a person of whom nobody has told anything yet."""
    return Pedigree(missing.id, missing.sex, uuid4)


def pedigree_of(db: Session, missing: Person) -> Pedigree:
    """The family as it was told so far."""
    pedigree = new_pedigree(missing)
    links = select(ParentLink).where(col(ParentLink.reference) == missing.reference)
    for link in db.exec(links):
        pedigree.known.add((link.child, link.parent))
        if link.biological != "no":
            pedigree.parents.setdefault((link.child, link.parent_is), link.parent)  # pyright: ignore[reportArgumentType]
    connecting = select(Person.id).where(col(Person.reference) == missing.reference, col(Person.role) == "connecting")
    pedigree.unnamed.update(db.exec(connecting))
    return pedigree


def add_reporter(db: Session, pedigree: Pedigree, reporter: Reporter, source: Source) -> Person:
    """The person who reports."""
    relation = reporter.relation
    person = Person(
        id=pedigree.id_for(relation or ""),
        reference=source.reference,
        role="reporter",
        relation=relation,
        sex=SEX_OF.get(relation or ""),
        is_alive=True,
    )
    _keep(db, pedigree, person, reporter.name, source)
    if relation:
        pedigree.add(person.id, relation)
    return person


def add_relatives(db: Session, pedigree: Pedigree, entries: Iterable[RelativeEntry], source: Source) -> None:
    """The relatives of a report, parents before those who are kin through them."""
    for entry in sorted(entries, key=lambda entry: entry.relation not in ("father", "mother")):
        person = Person(
            id=pedigree.id_for(entry.relation),
            reference=source.reference,
            role="relative",
            relation=entry.relation,
            sex=SEX_OF.get(entry.relation),
            is_alive=entry.is_alive,
            is_willing_to_give_sample=entry.is_willing_to_give_sample,
        )
        person.sealed_phone = seal_if(entry.phone, f"relative-phone:{person.id}")
        _keep(db, pedigree, person, entry.name, source)
        pedigree.add(person.id, entry.relation, entry.biological, entry.through)


def write_links(db: Session, pedigree: Pedigree, source: Source) -> None:
    """Keep what the pedigree has grown by: persons between, and who is whose parent or partner."""
    for person, sex in pedigree.connecting.items():
        db.add(Person(id=person, reference=source.reference, role="connecting", sex=sex))
    for edge in pedigree.edges:
        db.add(
            ParentLink(
                child=edge.child,
                parent=edge.parent,
                parent_is=edge.parent_is,
                biological=edge.biological,
                **source.columns,
            )
        )
    db.add_all(PartnerLink(one=one, other=other, **source.columns) for one, other in pedigree.partners)


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


def _keep(db: Session, pedigree: Pedigree, person: Person, name: str | None, source: Source) -> None:
    """Keep a person, who may take the place of one that connected others without a name."""
    if person.id in pedigree.named_later:
        db.merge(person)
    else:
        db.add(person)
    if name:
        db.add(written_name(person.id, Name(raw=name), source))

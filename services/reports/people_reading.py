"""The persons of a file as staff read them: each statement beside who said it and when, disagreement shown."""

from typing import Any, TypeVar

from sqlmodel import Session, col, select

from services.reports.sealed import unseal
from services.reports.tables import (
    IdentityNumber,
    ParentLink,
    PartnerLink,
    Person,
    StatedDate,
    Statement,
    WrittenName,
)
from services.reports.tables.ground import Sourced

Row = TypeVar("Row", bound=Sourced)
_PARTS = ("given", "father", "grandfather", "great_grandfather", "family", "kunya")


def missing_person(db: Session, reference: str) -> dict[str, Any]:
    """All that is said of the missing person."""
    person = db.exec(select(Person).where(col(Person.reference) == reference, col(Person.role) == "missing")).one()
    return {
        "id": str(person.id),
        "sex": person.sex,
        "names": [_name(name) for name in _names_of(db, reference) if name.person == person.id],
        "dates": [_date(stated) for stated in _all(db, StatedDate, reference)],
        "statements": [_statement(statement) for statement in _all(db, Statement, reference)],
        "identity_numbers": [_identity(number) for number in _all(db, IdentityNumber, reference)],
    }


def relatives(db: Session, reference: str, *, with_phones: bool = False) -> list[dict[str, Any]]:
    """Relatives and reporter, with what is known of samples from them, and of their phones where it is asked for."""
    roles = ("relative", "reporter")
    persons = select(Person).where(col(Person.reference) == reference, col(Person.role).in_(roles))
    names = _names_of(db, reference)
    return [
        {
            "id": str(person.id),
            "role": person.role,
            "relation": person.relation,
            "sex": person.sex,
            "is_alive": person.is_alive,
            "is_willing_to_give_sample": person.is_willing_to_give_sample,
            "has_given_sample": person.donor is not None,
            "phone": _phone(person) if with_phones else None,
            "names": [_name(name) for name in names if name.person == person.id],
        }
        for person in db.exec(persons.order_by(col(Person.role), col(Person.relation), col(Person.id)))
    ]


def _phone(person: Person) -> str | None:
    return person.sealed_phone and unseal(person.sealed_phone, f"relative-phone:{person.id}")


def pedigree(db: Session, reference: str) -> dict[str, Any]:
    """Who is whose parent, and who are partners."""
    parents = db.exec(select(ParentLink).where(col(ParentLink.reference) == reference)).all()
    partners = db.exec(select(PartnerLink).where(col(PartnerLink.reference) == reference)).all()
    return {
        "parents": [
            {
                "child": str(link.child),
                "parent": str(link.parent),
                "parent_is": link.parent_is,
                "biological": link.biological,
                **_source(link),
            }
            for link in parents
        ],
        "partners": [[str(link.one), str(link.other)] for link in partners],
    }


def _all(db: Session, table: type[Row], reference: str) -> list[Row]:
    return list(db.exec(select(table).where(col(table.reference) == reference).order_by(col(table.recorded_at))))


def _names_of(db: Session, reference: str) -> list[WrittenName]:
    return _all(db, WrittenName, reference)


def _source(row: Sourced) -> dict[str, Any]:
    return {
        "institution": row.institution,
        "entered_by": row.entered_by and str(row.entered_by),
        "recorded_at": row.recorded_at.isoformat(),
    }


def _name(name: WrittenName) -> dict[str, Any]:
    parts = {part: getattr(name, part) for part in _PARTS if getattr(name, part)}
    return {
        "whose": name.whose,
        "raw": name.raw,
        "script": name.script,
        "language": name.language,
        "kind": name.kind,
        **parts,
        **_source(name),
    }


def _date(stated: StatedDate) -> dict[str, Any]:
    return {
        "what": stated.what,
        "year": stated.year,
        "month": stated.month,
        "day": stated.day,
        "precision": stated.precision,
        "calendar": stated.calendar,
        "earliest": stated.earliest and stated.earliest.isoformat(),
        "latest": stated.latest and stated.latest.isoformat(),
        "text": stated.words,
        **_source(stated),
    }


def _statement(statement: Statement) -> dict[str, Any]:
    sealed = statement.sealed_value
    value = unseal(sealed, f"{statement.field}:{statement.person}") if sealed else statement.value
    return {"field": statement.field, "value": value, **_source(statement)}


def _identity(number: IdentityNumber) -> dict[str, Any]:
    return {
        "document": number.document,
        "number": unseal(number.sealed_number, f"identity:{number.person}"),
        "entry": number.sealed_entry and unseal(number.sealed_entry, f"identity-entry:{number.person}"),
        **_source(number),
    }

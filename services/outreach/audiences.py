"""Audiences: who meets a notice's conditions, may be told, and is told. Chosen from what `reports` tells of each
family's file; counted and frozen inside the database, whatever the size."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from services.outreach.tables import AudienceMember, Recipient
from shared.messages.outreach import Audience, SmallCount
from shared.messages.reports import ReportChanged

FEW = 10
"""Fewer than so many are shown as just that: a small audience would tell who is on record where."""

NEWEST = """
INSERT INTO audience_member
    (reference, version, contact, governorate, event, language, institution, samples, may_be_told)
VALUES (%(reference)s, %(version)s, %(contact)s, %(governorate)s, %(event)s, %(language)s, %(institution)s,
        %(samples)s, %(may_be_told)s)
ON CONFLICT (reference) DO UPDATE SET version = excluded.version, contact = excluded.contact,
    governorate = excluded.governorate, event = excluded.event, language = excluded.language,
    institution = excluded.institution, samples = excluded.samples, may_be_told = excluded.may_be_told
WHERE audience_member.version < excluded.version
"""
FOLLOWED = {"reference", "version", "contact", "governorate", "event", "language", "institution", "samples"}


def follow_file(db: Session, message: ReportChanged) -> None:
    """Keep the newest state of a family's file."""
    may_be_told = message.is_open and message.is_verified and bool(message.consent_contact)
    state = message.model_dump(include=FOLLOWED) | {"may_be_told": may_be_told}
    db.connection().exec_driver_sql(NEWEST, state)


def count_audience(db: Session, audience: dict[str, Any]) -> SmallCount:
    """How many contacts an audience has, for staff; "fewer than 10" where it is small."""
    members = contacts_of(Audience.model_validate(audience)).subquery()
    return small(db.connection().execute(sa.select(sa.func.count()).select_from(members)).scalar_one())


def small(count: int) -> SmallCount:
    """A count as staff may see it."""
    return f"fewer than {FEW}" if count < FEW else str(count)


def freeze_audience(db: Session, notice: UUID, audience: Audience) -> int:
    """Write an audience down as a notice's recipients. Returns how many they are."""
    return freeze(db, notice, contacts_of(audience))


def freeze(db: Session, notice: UUID, contacts: sa.Select[UUID]) -> int:
    """Write distinct contacts down as a notice's recipients. Returns how many they are."""
    chosen = contacts.subquery()
    # In the order of the contacts, so that the index of a million rows grows at its end.
    rows = sa.select(sa.literal(notice, sa.Uuid), chosen.c.contact).order_by(chosen.c.contact)
    written = sa.insert(Recipient).from_select(["notice", "contact"], rows)
    return db.connection().execute(written, execution_options={"preserve_rowcount": True}).rowcount


def contacts_of(audience: Audience) -> sa.Select[UUID]:
    """The distinct contacts that meet every condition of an audience and may be told."""
    any_of = (
        (AudienceMember.governorate, audience.governorates),
        (AudienceMember.event, audience.events),
        (AudienceMember.language, audience.languages),
        (AudienceMember.institution, audience.institutions),
    )
    conditions: list[sa.ColumnElement[bool]] = [col(column).in_(wanted) for column, wanted in any_of if wanted]
    if audience.fewer_samples_than is not None:
        conditions.append(col(AudienceMember.samples) < audience.fewer_samples_than)
    return sa.select(col(AudienceMember.contact)).where(col(AudienceMember.may_be_told), *conditions).distinct()

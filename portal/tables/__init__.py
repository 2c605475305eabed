"""The portal's database: what families read, what they asked for, who may come in, and who looked at what."""

from portal.tables.audit import AuditEntry, AuditHead
from portal.tables.families import (
    CallRequest,
    Challenge,
    Conversation,
    DeliverySeen,
    FamilySession,
    IdempotencyKey,
    InboundText,
    LimitCounter,
    Pin,
    ReferenceAllocation,
    UnsentCode,
)
from portal.tables.imports import ImportJob, ImportRow
from portal.tables.projected import (
    CollectionSession,
    Contact,
    FamilyFile,
    LastQuestion,
    Meeting,
    Outcome,
    PhoneOptOut,
    Reply,
    Site,
    Visit,
)
from portal.tables.registry import PortalTable
from portal.tables.staff import ApiKey, Institution, Staff, StaffSession
from shared.messaging.tables import add_messaging_tables

add_messaging_tables(PortalTable.metadata)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "CallRequest",
    "Challenge",
    "CollectionSession",
    "Contact",
    "Conversation",
    "DeliverySeen",
    "FamilyFile",
    "FamilySession",
    "IdempotencyKey",
    "ImportJob",
    "ImportRow",
    "InboundText",
    "Institution",
    "LastQuestion",
    "LimitCounter",
    "Meeting",
    "Outcome",
    "PhoneOptOut",
    "Pin",
    "PortalTable",
    "ReferenceAllocation",
    "Reply",
    "Site",
    "Staff",
    "StaffSession",
    "UnsentCode",
    "Visit",
]

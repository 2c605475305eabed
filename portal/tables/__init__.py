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
    KeptWords,
    LimitCounter,
    PhoneProof,
    Pin,
    ReferenceAllocation,
    ReportDraft,
    UnsentCode,
)
from portal.tables.imports import ImportJob, ImportRow
from portal.tables.projected import (
    CollectionSession,
    Concern,
    Contact,
    FamilyFile,
    FamilyWishes,
    LastQuestion,
    Meeting,
    Outcome,
    PhoneOptOut,
    Photo,
    Reply,
    SecondContact,
    Site,
    Visit,
    WaitingEntry,
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
    "Concern",
    "Contact",
    "Conversation",
    "DeliverySeen",
    "FamilyFile",
    "FamilySession",
    "FamilyWishes",
    "IdempotencyKey",
    "ImportJob",
    "ImportRow",
    "InboundText",
    "Institution",
    "KeptWords",
    "LastQuestion",
    "LimitCounter",
    "Meeting",
    "Outcome",
    "PhoneOptOut",
    "PhoneProof",
    "Photo",
    "Pin",
    "PortalTable",
    "ReferenceAllocation",
    "Reply",
    "ReportDraft",
    "SecondContact",
    "Site",
    "Staff",
    "StaffSession",
    "UnsentCode",
    "Visit",
    "WaitingEntry",
]

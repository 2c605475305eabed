"""What `reports` keeps: files of families, the persons they speak of with the source of each statement, and links."""

from services.reports.tables.files import (
    CaseFile,
    Change,
    ClosedInstitution,
    Concern,
    Consent,
    Contact,
    ContactAsked,
    DonorSample,
    HandOver,
    Phone,
    Photo,
    Report,
    SecondContact,
    ShareAsked,
    StatusEntry,
    Wishes,
)
from services.reports.tables.ground import ReportsTable
from services.reports.tables.links import BlockingKey, LinkDecision, ReportLink
from services.reports.tables.people import (
    IdentityNumber,
    ParentLink,
    PartnerLink,
    Person,
    StatedDate,
    Statement,
    WrittenName,
)
from shared.messaging.tables import add_messaging_tables

__all__ = [
    "BlockingKey",
    "CaseFile",
    "Change",
    "ClosedInstitution",
    "Concern",
    "Consent",
    "Contact",
    "ContactAsked",
    "DonorSample",
    "HandOver",
    "IdentityNumber",
    "LinkDecision",
    "ParentLink",
    "PartnerLink",
    "Person",
    "Phone",
    "Photo",
    "Report",
    "ReportLink",
    "ReportsTable",
    "SecondContact",
    "ShareAsked",
    "StatedDate",
    "Statement",
    "StatusEntry",
    "Wishes",
    "WrittenName",
]

# A report's rows refer to each other in many ways; checked at commit, they may be written in any order.
for _table in ReportsTable.metadata.tables.values():
    for _constraint in _table.foreign_key_constraints:
        _constraint.deferrable, _constraint.initially = True, "DEFERRED"

add_messaging_tables(ReportsTable.metadata)

"""Who texts or calls: a phone, and the families' files that it is the verified number of."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.database import Cursor
from portal.phone.signed_parameters import NUMBER
from shared.messages.model import FamilyActor, Language
from shared.phones import InvalidPhone, parse_phone
from shared.sealing import keys

FILES_OF_PHONE = """
SELECT f.reference, f.contact, f.status, f.language, f.detail, f.governorate, f.consent_contact, f.is_open
FROM contact c JOIN family_file f ON f.contact = c.contact
WHERE c.phone_index = %(phone_index)s AND c.is_verified
    AND (c.logs_in_from IS NULL OR c.logs_in_from <= clock_timestamp())
ORDER BY f.reference
"""
LANGUAGE_OF_ARABIC: Language = "ar"
WHOLE_NUMBER = re.compile(NUMBER)


@dataclass(frozen=True, slots=True)
class File:
    """A file that a phone is the verified number of."""

    reference: str
    contact: UUID
    status: str
    language: Language
    detail: str
    governorate: str | None
    consent_contact: list[str]
    is_open: bool

    @property
    def actor(self) -> FamilyActor:
        """As whom its family acts."""
        return FamilyActor(reference=self.reference)


@dataclass(frozen=True, slots=True)
class Caller:
    """A phone that texts or calls; nobody's, where it has no files."""

    phone_index: str
    sealed_phone: str
    files: tuple[File, ...]

    @property
    def language(self) -> Language:
        """What it is answered in."""
        return self.files[0].language if self.files else LANGUAGE_OF_ARABIC

    def file(self, reference: str) -> File | None:
        """The file of this phone under a reference."""
        return next((f for f in self.files if f.reference == reference), None)


def sender_number(written: str) -> str | None:
    """The number that a text or call came from, in E.164; None for a sender that is none (a word, a short code)."""
    if WHOLE_NUMBER.fullmatch(written) is None:
        return None
    try:
        return parse_phone(written.removeprefix("whatsapp:"))
    except InvalidPhone:
        return None


async def find_caller(cursor: Cursor, number: str) -> Caller:
    """Who has this number."""
    phone_index = keys().phone_index(number)
    await cursor.execute(FILES_OF_PHONE, {"phone_index": phone_index})
    rows: list[dict[str, Any]] = await cursor.fetchall()
    return Caller(phone_index, keys().seal_for_gateway(number), tuple(File(**row) for row in rows))

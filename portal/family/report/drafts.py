"""Reports that are being written: sealed, empty once sent, gone after two weeks without a word.

A draft has the reference that its report will have. The browser that began it goes on by a cookie; any other by the
reference and a code of eight digits, which the first browser can show again and nobody can read here.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.browsers import Browser, browser_of
from portal.cookies import cookie_of, set_cookie
from portal.database import Cursor
from portal.family.views import ReportForm
from portal.one_time_codes import digits_of
from portal.references import allocate_reference
from portal.sealed_words import sealed, unsealed
from shared.database import utc_now
from shared.sealing import Purpose, keys

COOKIE: Final = "sila_draft"
LIVES: Final = timedelta(days=14)
CODE_DIGITS: Final = 8

BEGIN = """
INSERT INTO report_draft (reference, request_id, token_digest, code_hash, sealed_words, begun_at, expires_at)
VALUES (%(reference)s, %(request_id)s, %(token)s, %(code)s, %(words)s, %(at)s, %(expires_at)s)
ON CONFLICT DO NOTHING RETURNING reference
"""
DRAFT = "SELECT reference, request_id, code_hash, sealed_words FROM report_draft"
OPEN = "sent_at IS NULL AND expires_at > now()"
OF_BROWSER = f"{DRAFT} WHERE token_digest = %(token)s AND {OPEN}"
TO_CHANGE = f"{OF_BROWSER} FOR UPDATE"
TO_RESUME = f"SELECT reference, request_id, code_hash FROM report_draft WHERE reference = %(reference)s AND {OPEN}"  # noqa: S608
HAND_OVER = "UPDATE report_draft SET token_digest = %(token)s WHERE reference = %(reference)s"
SAVE = "UPDATE report_draft SET sealed_words = %(words)s, expires_at = %(expires_at)s WHERE reference = %(reference)s"
EMPTY = "UPDATE report_draft SET sealed_words = NULL, sent_at = %(at)s WHERE reference = %(reference)s"
NOBODY = "0" * 64


class DraftWords(BaseModel):
    """What a draft holds."""

    form: ReportForm


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is being written in this browser."""

    reference: str
    request_id: UUID
    code_hash: str
    form: ReportForm

    def code_in(self, browser: Browser) -> str:
        """The code, in the browser that began the draft; empty in another, where only who wrote it down has it."""
        code = draft_code(self.request_id, browser)
        return code if hmac.compare_digest(_code_hash(self.reference, code), self.code_hash) else ""


def draft_code(request_id: UUID, browser: Browser) -> str:
    """The code of a draft that this browser began; for another browser it is not the draft's."""
    number = int(browser.mark(f"draft-code:{request_id}")[:16], 16) % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}d}"


def _code_hash(reference: str, code: str) -> str:
    return keys().blind_index(Purpose.CODES, f"draft:{reference}:{code}")


def _token(request_id: UUID, browser: Browser) -> str:
    return browser.mark(f"draft:{request_id}")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def begin(request: Request, request_id: UUID, form: ReportForm, institution: str) -> str:
    """Begin a draft; a request that comes again finds the draft that it began. Returns the browser's token for it."""
    at, browser = utc_now(), browser_of(request)
    token = _token(request_id, browser)
    async with database_of(request).transaction() as cursor:
        reference = await allocate_reference(cursor, institution)
        row: dict[str, Any] = {
            "reference": reference,
            "request_id": request_id,
            "token": _digest(token),
            "code": _code_hash(reference, draft_code(request_id, browser)),
            "words": _sealed(reference, form),
            "at": at,
            "expires_at": at + LIVES,
        }
        await cursor.execute(BEGIN, row)
    return token


def hand_over(request: Request, response: Response, token: str) -> None:
    """Give the browser its draft."""
    set_cookie(request, response, COOKIE, token, int(LIVES.total_seconds()))


async def draft_of(request: Request) -> Draft | None:
    """The draft of this browser."""
    row = await database_of(request).one(OF_BROWSER, {"token": _digest(cookie_of(request, COOKIE))})
    return _draft(row) if row else None


async def draft_to_change(request: Request, cursor: Cursor) -> Draft | None:
    """The same, locked until the transaction ends: two pages of one draft are saved one after the other."""
    await cursor.execute(TO_CHANGE, {"token": _digest(cookie_of(request, COOKIE))})
    row = await cursor.fetchone()
    return _draft(row) if row else None


def _draft(row: dict[str, Any]) -> Draft:
    words = unsealed(row["sealed_words"], DraftWords, f"draft:{row['reference']}")
    return Draft(row["reference"], row["request_id"], row["code_hash"], words.form)


async def save(cursor: Cursor, reference: str, form: ReportForm, at: datetime) -> None:
    """Keep what was written, and the draft for another two weeks."""
    words = {"reference": reference, "words": _sealed(reference, form), "expires_at": at + LIVES}
    await cursor.execute(SAVE, words)


async def empty(cursor: Cursor, reference: str, at: datetime) -> None:
    """The report was sent: nothing of it stays here."""
    await cursor.execute(EMPTY, {"reference": reference, "at": at})


async def resume(request: Request, reference: str, code: str) -> str | None:
    """Let this browser go on with a draft. Its token; None where number and code do not fit, alike for every reason."""
    digits = digits_of(code)
    async with database_of(request).transaction() as cursor:
        await cursor.execute(TO_RESUME, {"reference": reference})
        row = await cursor.fetchone()
        fits = hmac.compare_digest(_code_hash(reference, digits), row["code_hash"] if row else NOBODY)
        if row is None or not fits:
            return None
        token = _token(row["request_id"], browser_of(request))
        await cursor.execute(HAND_OVER, {"reference": reference, "token": _digest(token)})
    return token


def _sealed(reference: str, form: ReportForm) -> str:
    return sealed(DraftWords(form=form), f"draft:{reference}")

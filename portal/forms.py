"""Reads what a form sends: small, well-formed, and sent by a page of ours."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal.browsers import browser_of, refuse_other_origins

LARGEST_BYTES = 64 * 1024
MOST_FIELDS = 5000
"""A field that is repeated too often gets its message beside it; more than this is no form of ours."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Form:
    """A form's fields. A field that was not sent is empty."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self.fields = fields
        self._last: Mapping[str, str] = dict(fields)

    def __getitem__(self, name: str) -> str:
        """A field's value, without blanks around it."""
        return self._last.get(name, "").strip()

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be sent several times."""
        return [value.strip() for field, value in self.fields if field == name]

    def has(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self[name])


async def read_form(request: Request, largest_bytes: int = LARGEST_BYTES) -> Form:
    """A form as it was sent. Raises HTTPException 413 where it is too large, 400 where it is no form."""
    return parse_form(await read_body(request, largest_bytes), request.headers.get("content-type", ""))


async def read_body(request: Request, largest_bytes: int) -> bytes:
    """A request's body. Raises HTTPException 413 as soon as it is too large."""
    pieces, size = list[bytes](), 0
    async for piece in request.stream():
        size += len(piece)
        if size > largest_bytes:
            raise HTTPException(413)
        pieces.append(piece)
    return b"".join(pieces)


def parse_form(body: bytes, content_type: str) -> Form:
    """The fields in a body. Raises HTTPException 400 where it is no form."""
    if body and content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise HTTPException(400)
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return form_of(fields)


def form_of(fields: Sequence[tuple[str, str]]) -> Form:
    """The form of these fields. Raises HTTPException 400 where they hold what nobody writes."""
    # PostgreSQL keeps no NUL, and no name or number has a control character.
    if CONTROL.search(" ".join(chain.from_iterable(fields))):
        raise HTTPException(400)
    return Form(fields)


class StaleForm(HTTPException):
    """A form that was shown to this browser under another token, or to another browser: what was written is in it.

    A page may show it again with a new token, so that nothing is lost; it may not act on it.
    """

    def __init__(self, form: Form) -> None:
        super().__init__(400)
        self.form = form


async def posted(request: Request) -> Form:
    """A form of ours that this browser sent. Raises HTTPException 403 for another site's, StaleForm for a stale one."""
    refuse_other_origins(request)
    form = await read_form(request)
    check_token(request, form)
    return form


def check_token(request: Request, form: Form) -> None:
    """Make sure that a form was shown to this browser. Raises StaleForm."""
    if not browser_of(request).sent(form["csrf"]):
        raise StaleForm(form)

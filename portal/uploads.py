"""Reads a form that brings a file (RFC 7578). All of it stays in memory: what a family sends never rests unsealed on a
disk."""

from collections.abc import AsyncGenerator
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from portal.browsers import refuse_other_origins
from portal.forms import Form, check_token, form_of

MOST_FIELDS: Final = 10
LARGEST_FIELD_BYTES: Final = 4 * 1024
FRAME_BYTES: Final = MOST_FIELDS * LARGEST_FIELD_BYTES
"""What a body may have beside its file."""


class FileTooLarge(Exception):
    """A file is larger than it may be. Nothing of it was kept."""


async def posted_with_file(request: Request, name: str, largest_bytes: int) -> tuple[Form, bytes]:
    """A form of ours that this browser sent, and the file in its field `name`; empty where none was chosen.

    Raises HTTPException as `forms.posted` does, FileTooLarge as soon as it is, and StaleForm.
    """
    refuse_other_origins(request)
    parts = await _parts(request, largest_bytes + FRAME_BYTES)
    form = form_of([(field, value) for field, value in parts.multi_items() if isinstance(value, str)])
    file = parts.get(name)
    content = await file.read() if isinstance(file, UploadFile) else b""
    check_token(request, form)
    if len(content) > largest_bytes:
        raise FileTooLarge
    return form, content


async def _parts(request: Request, largest_bytes: int) -> FormData:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise HTTPException(400)
    parser = MultiPartParser(
        request.headers,
        _stream(request, largest_bytes),
        max_files=1,
        max_fields=MOST_FIELDS,
        max_part_size=LARGEST_FIELD_BYTES,
    )
    parser.spool_max_size = 2 * largest_bytes  # where the library would begin to write to a disk
    try:
        return await parser.parse()
    except MultiPartException:
        raise HTTPException(400) from None


async def _stream(request: Request, largest_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > largest_bytes:
            raise FileTooLarge
        yield piece

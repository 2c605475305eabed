"""A form that brings a file: read in memory, bounded, and only where this browser was shown it."""

import asyncio
import tempfile
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal import browsers
from portal.browsers import TOKEN_LENGTH, Browser
from portal.forms import Form, StaleForm
from portal.uploads import FRAME_BYTES, FileTooLarge, posted_with_file

BROWSER, ANOTHER = Browser("a" * TOKEN_LENGTH), Browser("b" * TOKEN_LENGTH)
BOUNDARY = "----a1b2c3"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
MOST = 100_000


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "_form_key", lambda: b"k" * 32)


def part(name: str, content: bytes, file: str = "") -> bytes:
    named = f'; filename="{file}"\r\nContent-Type: image/jpeg' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def a_body(content: bytes, csrf: str = "") -> bytes:
    return (
        part("csrf", (csrf or BROWSER.csrf_token).encode())
        + part("request_id", b" 7 ")
        + part("photo", content, "صورة.jpg")
        + END
    )


def read(body: bytes, kind: str = KIND, **headers: str) -> tuple[Form, bytes]:
    pieces: Sequence[bytes] = [body[at : at + 50_000] for at in range(0, len(body), 50_000)] or [b""]
    left = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    left.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, object]:
        return left.pop(0)

    given_headers = {"content-type": kind, "cookie": f"sila_browser={BROWSER.token}", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in given_headers.items()]
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(is_https=False)))
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": raw, "app": app}, receive)
    return asyncio.run(posted_with_file(request, "photo", MOST))


def test_fields_and_file_are_read_as_they_were_sent() -> None:
    content = bytes(range(256)) * 300 + b"\r\n--not the boundary\r\n"
    form, file = read(a_body(content))

    assert (form["request_id"], file) == ("7", content)


def test_nothing_is_written_to_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def rollover(_: object) -> None:
        raise AssertionError("written to a disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rollover)
    assert len(read(a_body(bytes(MOST)))[1]) == MOST


@pytest.mark.parametrize("size", [MOST + 1, MOST + FRAME_BYTES, 10 * MOST])
def test_a_file_that_is_too_large_is_said_to_be(size: int) -> None:
    with pytest.raises(FileTooLarge):
        read(a_body(bytes(size)))


def test_without_a_file_there_is_none() -> None:
    without = part("csrf", BROWSER.csrf_token.encode()) + END
    as_text = part("csrf", BROWSER.csrf_token.encode()) + part("photo", b"a word") + END

    assert read(without)[1] == read(as_text)[1] == b""


def test_a_form_that_another_browser_was_shown_is_stale() -> None:
    with pytest.raises(StaleForm):
        read(a_body(b"x", ANOTHER.csrf_token))


def test_another_site_is_refused() -> None:
    with pytest.raises(HTTPException) as refused:
        read(a_body(b"x", "0"), sec_fetch_site="cross-site")
    assert refused.value.status_code == 403


def status_of(body: bytes, kind: str = KIND) -> int:
    try:
        read(body, kind)
    except (StaleForm, FileTooLarge):
        return 200
    except HTTPException as refused:
        return refused.status_code
    return 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=1", "application/x-www-form-urlencoded"),
        (a_body(b"x", "0"), "multipart/form-data"),
        (a_body(b"x", "0"), f"multipart/form-data; boundary={'x' * 300}"),
        (part("photo", b"1", "a") + part("photo", b"2", "b") + END, KIND),
        (b"".join(part(f"f{n}", b"") for n in range(11)) + END, KIND),
        (part("csrf", b"a" * 5000) + END, KIND),
        (part("csrf", b"\0") + END, KIND),
        (b"--\r\n\r\n", KIND),
    ],
    ids=[
        "no multipart",
        "no boundary",
        "another boundary",
        "two files",
        "many fields",
        "long field",
        "nul",
        "no parts",
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes, kind: str) -> None:
    assert status_of(body, kind) == 400


@given(st.binary(max_size=400), st.sampled_from([KIND, "multipart/form-data; boundary=x; charset=utf-16"]))
def test_bytes_are_a_form_or_a_clear_answer(body: bytes, kind: str) -> None:
    assert status_of(body, kind) in {200, 400}
    assert status_of(f"--{BOUNDARY}\r\n".encode() + body, kind) in {200, 400}

import contextlib
import io
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.family.words import PROBLEMS
from portal.pictures import LARGEST_BYTES, LARGEST_KEPT_BYTES, LONGEST_SIDE, UnusablePicture, prepared
from tests.unit.portal.photographs import HEIC, MAKER, a_bomb, a_photo, a_photo_of_a_phone, noise

KINDS = ["JPEG", "PNG", "WEBP"]


@pytest.fixture(autouse=True)
def _broken_metadata_may_be_warned_of() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def opened(kept: bytes) -> Image.Image:
    return Image.open(io.BytesIO(kept))


def problem_of(sent: bytes) -> str:
    with pytest.raises(UnusablePicture) as refused:
        prepared(sent)
    return refused.value.problem


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_the_phone_wrote_into_it_is_kept(kind: str) -> None:
    sent = a_photo_of_a_phone(kind)
    kept = prepared(sent)

    assert MAKER.encode() in sent
    assert MAKER.encode() not in kept
    assert dict(opened(kept).getexif()) == {}
    assert set(opened(kept).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_stands_upright(kind: str) -> None:
    picture = opened(prepared(a_photo_of_a_phone(kind)))

    assert picture.size == (200, 400)
    red, _, blue = picture.getpixel((190, 10))  # type: ignore[misc]
    assert red > 200 > 50 > blue


@pytest.mark.parametrize(
    ("size", "becomes"), [((4000, 3000), (1280, 960)), ((300, 2560), (150, 1280)), ((9, 7), (9, 7))]
)
def test_it_is_made_smaller_and_never_larger(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    assert opened(prepared(a_photo(size=size))).size == becomes


def test_what_hardly_gets_smaller_is_kept_in_bounds_too() -> None:
    kept = prepared(noise(1400))

    assert len(kept) <= LARGEST_KEPT_BYTES
    assert max(opened(kept).size) <= LONGEST_SIDE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_of_colouring_becomes_a_plain_one(mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (40, 30)).save(written, "PNG")

    assert (opened(prepared(written.getvalue())).mode, opened(prepared(written.getvalue())).format) == ("RGB", "JPEG")


def test_what_was_transparent_is_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(written, "PNG")

    assert opened(prepared(written.getvalue())).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(20_000, 20_000), (10_000, 10_000), (6000, 6000)])
def test_a_picture_that_says_it_is_huge_is_not_opened(size: tuple[int, int]) -> None:
    assert problem_of(a_bomb(*size)) == "photo_too_large"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"", "photo_required"),
        (b"\xff\xd8\xff" + bytes(LARGEST_BYTES), "photo_too_large"),
        (HEIC, "photo_heic"),
        (b"%PDF-1.7 a paper", "photo_unreadable"),
        (b"<svg onload='alert(1)'/>", "photo_unreadable"),
        (a_photo("GIF"), "photo_unreadable"),
        (a_photo("TIFF"), "photo_unreadable"),
        (a_photo()[:400], "photo_unreadable"),
    ],
    ids=["nothing", "too large", "HEIC", "PDF", "SVG", "GIF", "TIFF", "cut off"],
)
def test_what_cannot_be_kept_says_why_in_words(sent: bytes, problem: str) -> None:
    assert problem_of(sent) == problem
    assert problem in PROBLEMS


BEGINNINGS = [b"", a_photo()[:300], a_photo("PNG")[:60], a_photo("WEBP")[:40], HEIC]


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=600))
@settings(max_examples=100, deadline=None)
@example(b"", b"")
def test_whatever_is_sent_is_kept_or_refused_with_words(beginning: bytes, rest: bytes) -> None:
    with contextlib.suppress(UnusablePicture):
        assert opened(prepared(beginning + rest)).format == "JPEG"


@given(st.sampled_from(KINDS), st.integers(0, 5000), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_picture_with_a_wrong_byte_is_kept_or_refused_with_words(kind: str, place: int, byte: int) -> None:
    sent = bytearray(a_photo_of_a_phone(kind))
    sent[place % len(sent)] = byte
    with contextlib.suppress(UnusablePicture):
        assert MAKER.encode() not in prepared(bytes(sent))

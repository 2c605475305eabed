"""Makes of whatever picture a person sends one that can be kept: upright, small, and without anything but what is seen.

Phones write into a photo where and when it was taken, and by whose device: none of it goes further than here.
"""

import io
from typing import TYPE_CHECKING, Final

from anyio import CapacityLimiter, to_thread

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_BYTES: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
MOST_PIXELS_OF_JPEG: Final = 50_000_000
"""More than almost any phone takes: a small file can say that it is far more, to use up a server's memory. A JPEG can
be opened at a fraction of its size."""
LONGEST_SIDE: Final = 1280
LARGEST_KEPT_BYTES: Final = 250 * 1024
KINDS: Final = ("JPEG", "PNG", "WEBP")
MEDIA_TYPES: Final = "image/jpeg,image/png,image/webp"
"""The same for a form. A phone that takes photos in another kind sends one of these where it is asked for them."""
SIDES: Final = (LONGEST_SIDE, 960, 640)
QUALITIES: Final = (85, 75, 60, 45)
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

_at_once = CapacityLimiter(2)
"""Of a process: a large picture takes some 200 MB for a moment."""


class UnusablePicture(Exception):
    """What was sent cannot be kept as a picture. `problem` is the code of its words for the person."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


async def prepare(sent: bytes) -> bytes:
    """The same as `prepared`, aside from the loop, few at once."""
    return await to_thread.run_sync(prepared, sent, limiter=_at_once)


def prepared(sent: bytes) -> bytes:
    """A JPEG (at most 1280 pixels a side and 250 KB) of a JPEG, PNG or WebP picture. Raises UnusablePicture."""
    if not sent:
        raise UnusablePicture("photo_required")
    if len(sent) > LARGEST_BYTES:
        raise UnusablePicture("photo_too_large")
    if sent[4:8] == b"ftyp" and sent[8:12] in HEIC_BRANDS:
        raise UnusablePicture("photo_heic")
    try:
        return _encoded(_seen(sent))
    except UnusablePicture:
        raise
    except Exception:  # bytes of a stranger: each decoder fails in ways of its own
        raise UnusablePicture("photo_unreadable") from None


def _seen(sent: bytes) -> "Image":
    """What a viewer would see of it, upright, in red, green and blue, on white, and nothing else."""
    # Imported late: only who sends photos needs the library.
    from PIL import Image, ImageOps

    try:
        picture = Image.open(io.BytesIO(sent), formats=KINDS)
    except Image.DecompressionBombError:
        raise UnusablePicture("photo_too_large") from None
    most = MOST_PIXELS_OF_JPEG if picture.format in {"JPEG", "MPO"} else MOST_PIXELS
    if picture.width * picture.height > most:
        raise UnusablePicture("photo_too_large")
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(small)
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright if upright.mode == "RGBA" else None)
    return plain


def _encoded(picture: "Image") -> bytes:
    kept = b""
    for side in SIDES:
        picture.thumbnail((side, side))
        for quality in QUALITIES:
            kept = _as_jpeg(picture, quality)
            if len(kept) <= LARGEST_KEPT_BYTES:
                return kept
    return kept


def _as_jpeg(picture: "Image", quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()

"""Makes a page small on the wire (gzip, RFC 1952) for a fraction of what compressing all of it would cost.

A page begins as every page of its language does, stylesheet and all. That beginning is compressed once; what follows
is compressed as if the beginning had just been, so that it may refer back to it. The result is one gzip stream, filled
up to a multiple of `STEP_BYTES` by an extra field of its head that browsers skip: whoever watches the line and knows
our pages learns little of a family's news from the length of the answer.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import Final

STEP_BYTES: Final = 1024
WINDOW_BYTES: Final = 32 * 1024
LEVEL: Final = 4
_RAW: Final = -zlib.MAX_WBITS
# Deflate, with an extra field, no time, no system named.
_HEAD: Final = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff"
_SMALLEST_EXTRA: Final = 4
_OVERHEAD: Final = len(_HEAD) + 2 + _SMALLEST_EXTRA + 8


class Packing:
    """Compresses pages that begin with `beginning`; any other as a whole."""

    def __init__(self, beginning: bytes) -> None:
        squeezer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
        self._beginning = beginning
        self._squeezed = squeezer.compress(beginning) + squeezer.flush(zlib.Z_FULL_FLUSH)
        self._checksum = zlib.crc32(beginning)

    def pack(self, page: bytes) -> bytes:
        """A page as one gzip stream."""
        if not page.startswith(self._beginning):
            return Packing(b"").pack(page)
        rest = page[len(self._beginning) :]
        squeezer = zlib.compressobj(
            LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, self._beginning[-WINDOW_BYTES:]
        )
        body = self._squeezed + squeezer.compress(rest) + squeezer.flush()
        end = struct.pack("<LL", zlib.crc32(rest, self._checksum), len(page) & 0xFFFFFFFF)
        return _HEAD + _extra(-(len(body) + _OVERHEAD) % STEP_BYTES) + body + end


def _extra(filling: int) -> bytes:
    """An extra field with one subfield of so many bytes that mean nothing."""
    return struct.pack("<H2sH", _SMALLEST_EXTRA + filling, b"SI", filling) + bytes(filling)


def takes_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a browser with these headers takes gzip."""
    accepted = b",".join(value for name, value in headers if name == b"accept-encoding").lower().replace(b" ", b"")
    return b"gzip" in accepted and b"gzip;q=0" not in accepted.replace(b"gzip;q=0.", b"")

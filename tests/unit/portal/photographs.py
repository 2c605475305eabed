"""Pictures as phones send them, for tests of what becomes of them."""

import io
import os
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image, ImageDraw

ON_ITS_SIDE = 6
"""EXIF: the first row of what was stored is the right side of what was seen."""
MAKER = "Samsung SM-A146"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (400, 200), **saved: Any) -> bytes:
    """A blue picture with a red corner at its left upper end."""
    picture = Image.new("RGB", size, "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, 50, 50), fill="red")
    return _written(picture, kind, **saved)


def a_photo_of_a_phone(kind: str = "JPEG") -> bytes:
    """The same, taken with the phone on its side, and with what phones write into it: where, when, by which device."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = ON_ITS_SIDE
    exif[ExifTags.Base.Make] = MAKER
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (36.0, 20.0, 1.0), 3: "E", 4: (41.0, 52.0, 1.0)})
    said: dict[str, Any] = {"comment": MAKER.encode()} if kind == "JPEG" else {}
    return a_photo(kind, exif=exif, icc_profile=MAKER.encode(), **said)


def noise(side: int) -> bytes:
    """A picture that hardly gets smaller."""
    return _written(Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)), "PNG")


def a_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _written(picture: Image.Image, kind: str, **saved: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **saved)
    return written.getvalue()

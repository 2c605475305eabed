"""Pages on the wire: whole, small, and of a length that tells little."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.packing import STEP_BYTES, Packing, takes_gzip
from portal.pages import Pages
from tests.unit.portal.specimens import a_report, family_pages


@given(st.binary(max_size=2_000), st.binary(max_size=80_000))
def test_what_is_packed_is_unpacked_by_everybodys_gzip(beginning: bytes, rest: bytes):
    packing = Packing(beginning)

    assert gzip.decompress(packing.pack(beginning + rest)) == beginning + rest
    assert gzip.decompress(packing.pack(b"<" + rest)) == b"<" + rest


@given(st.binary(max_size=40_000))
def test_a_beginning_longer_than_the_window_is_kept_too(rest: bytes):
    beginning = bytes(range(256)) * 300

    assert gzip.decompress(Packing(beginning).pack(beginning + rest)) == beginning + rest


def test_a_reader_that_takes_the_stream_bit_by_bit_gets_the_same_page():
    page = b"<style>a{b:c}</style>" + b"<p>many words</p>" * 300
    reader, read = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray()
    for byte in Packing(page[:21]).pack(page):
        read += reader.decompress(bytes([byte]))

    assert bytes(read) == page
    assert reader.eof


def test_packing_behind_a_known_beginning_costs_hardly_a_byte():
    template, context = family_pages("ar")["status-full"]
    page = Pages().template("ar", template).render(context).encode()
    beginning = page.partition(b"<title>")[0]

    assert len(beginning) > 5_000
    assert len(Packing(beginning).pack(page)) < 1.1 * len(gzip.compress(page)) + STEP_BYTES


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_the_length_of_a_page_hardly_tells_where_a_report_stands(lang: str):
    pages = Pages()
    template, context = family_pages(lang)["status-full"]
    sizes = set[int]()
    for status in ("registered", "search_continues", "please_contact_us", "with_your_contact_person"):
        page = pages.template(lang, template).render({**context, "report": a_report(status)}).encode()
        sizes.add(len(Packing(page.partition(b"<title>")[0]).pack(page)))

    assert all(size % STEP_BYTES == 0 for size in sizes)
    assert max(sizes) - min(sizes) <= STEP_BYTES


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        (b"gzip, deflate, br", True),
        (b"GZIP", True),
        (b"br, gzip;q=0.5", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0, br", False),
        (b"br", False),
        (b"", False),
    ],
)
def test_only_who_takes_gzip_gets_it(accepted: bytes, takes: bool):
    assert takes_gzip([(b"host", b"x"), (b"accept-encoding", accepted)]) is takes


def test_who_says_nothing_gets_the_page_as_it_is():
    assert takes_gzip([(b"host", b"x")]) is False

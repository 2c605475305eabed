from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from portal.figures import rounded
from portal.forms import parse_form
from portal.local_text import in_language
from portal.one_time_codes import digits_of

KIND = "application/x-www-form-urlencoded; charset=utf-8"
readable = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@given(st.dictionaries(readable, readable, max_size=10))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]):
    form = parse_form(urlencode(fields).encode(), KIND)
    assert dict(form.fields) == fields


@given(st.binary(max_size=300))
def test_bytes_are_a_form_or_a_clear_answer(body: bytes):
    assert status_of(body) in {200, 400}


def status_of(body: bytes) -> int:
    try:
        parse_form(body, KIND)
    except HTTPException as refused:
        return refused.status_code
    return 200


def test_a_field_that_was_not_sent_is_empty_and_blanks_do_not_count():
    form = parse_form(b"name=+x+&many=1&many=2", KIND)
    assert (form["name"], form["nothing"], form.all("many"), form.has("name")) == ("x", "", ["1", "2"], True)


@pytest.mark.parametrize(
    ("written", "digits"), [("123456", "123456"), ("١٢٣ ٤٥٦", "123456"), ("۱۲۳-456", "123456"), ("abc", ""), ("²", "2")]
)
def test_digits_are_taken_from_any_script(written: str, digits: str):
    assert digits_of(written) == digits


@pytest.mark.parametrize(
    ("count", "published"), [(0, None), (9, None), (10, 10), (14, 10), (15, 20), (1234, 1230), (1235, 1240)]
)
def test_a_count_is_published_rounded_and_a_small_one_not_at_all(count: int, published: int | None):
    assert rounded(count) == published


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ({"ar": "أ", "en": "E"}, "ckb", "أ"),
        ({"ar": "أ", "en": "E"}, "kmr", "E"),
        ({"en": "", "ar": "أ"}, "en", "أ"),
        ({}, "en", ""),
    ],
)
def test_a_place_is_named_in_the_next_best_language(text: dict[str, str], code: str, shown: str):
    assert in_language(text, code) == shown

"""The tokens of a browser's forms: ours alone, and never the same twice on the wire."""

import pytest

from portal import browsers
from portal.browsers import TOKEN_LENGTH, Browser

MINE, ANOTHERS = Browser("a" * TOKEN_LENGTH), Browser("b" * TOKEN_LENGTH)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "_form_key", lambda: b"k" * 32)


def test_every_page_carries_another_token_and_each_is_taken():
    tokens = {MINE.csrf_token for _ in range(50)}

    assert len(tokens) == 50
    assert all(MINE.sent(token) for token in tokens)


def test_a_token_of_another_browser_is_not_taken():
    assert not MINE.sent(ANOTHERS.csrf_token)


def test_a_browser_that_had_no_cookie_has_sent_no_form_of_ours():
    assert not Browser(MINE.token, is_new=True).sent(MINE.csrf_token)


@pytest.mark.parametrize(
    "token", ["", "00", "zz" * 64, "00" * 32, "00" * 64, "00" * 65, MINE.token, "\u0660" * 128], ids=range(8)
)
def test_what_is_no_token_is_not_taken(token: str):
    assert not MINE.sent(token)

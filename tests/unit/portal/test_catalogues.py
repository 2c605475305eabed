"""The catalogues: complete, in step with the pages, and free of words that hurt."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.catalogues import missing_texts, read_catalogue, renew_catalogue, used_texts
from portal.family.guides import CONTENT
from portal.kurmanji import in_arabic_letters
from portal.languages import LANGUAGES, LOCALES, catalogue_path, compile_catalogue

TRANSLATED = ("ar", "ckb", "kmr-Arab", "kmr")

# What no family should have to read from us (as words, in any form that we could have written).
HURTFUL = {
    "en": r"\b(closure|deceased|late|dead|victims?|martyrs?|corpses?|bod(y|ies) of|remains|graves?|DNA|da.?esh|ISIS)\b",
    "ar": r"شهيد|مرحوم|جثة|جثث|جثامين|رفات|قتيل|مغي[ّ]?ب|ضحية|ضحايا|متوف|داعش|مقبرة|DNA",
    "ckb": r"شەهید|خوالێخۆشبوو|تەرم|لاشە|کوژراو|ئەنفالکراو|قوربانی|داعش|گۆڕستان|\bگۆڕ\b|DNA",
    "kmr": r"şehîd|rehmetî|cenaze|kuştî\b|qurban|daiş|daeş|\bgor(ê|a|ên|istan)\b|DNA",
    "kmr-Arab": r"شەهید|ڕەهمەتی|جەنازە|کوشتی\b|قوربان|دائش|داعش|گۆرستان|DNA",
}


def strings(code: str) -> Iterator[tuple[str, str]]:
    """Every message id of a catalogue with each of its translations."""
    for message in read_catalogue(code):
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from ((ids[-1], form) for form in forms)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_in_use_is_translated(code: str):
    assert missing_texts(code) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_holds_nothing_that_no_page_uses(code: str):
    used = {text if isinstance(text, str) else text[0] for text in used_texts()}
    held = {message.id if isinstance(message.id, str) else message.id[0] for message in read_catalogue(code)}

    assert held - {""} - used == set()


@pytest.mark.parametrize("code", TRANSLATED)
def test_placeholders_agree_with_the_english_text(code: str):
    for text, translation in strings(code):
        wanted = set(re.findall(r"%\(\w+\)s", text))
        found = set(re.findall(r"%\(\w+\)s", translation))
        # A language may say “one” and “two” in words.
        assert found == wanted or (wanted == {"%(n)s"} and not found), translation
        assert translation.count("%") == len(re.findall(r"%\(\w+\)s", translation)), translation


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_says_who_reviewed_it_or_that_nobody_has(code: str):
    head = catalogue_path(code).read_text("utf-8").partition("msgid")[0]

    assert re.search(r"^# Review: (awaiting native review|.+, \d{4}-\d\d-\d\d)$", head, re.M)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_has_words_that_hurt(code: str):
    texts = [text for _, text in strings(code)] if code in TRANSLATED else []
    english = [part for text in used_texts() for part in ([text] if isinstance(text, str) else text)]
    guides = [path.read_text("utf-8") for path in (CONTENT / code).glob("*.md")]
    found = [re.findall(HURTFUL[code], text, re.I) for text in [*(texts or english), *guides]]

    assert guides
    assert [words for words in found if words] == []


@pytest.mark.parametrize("code", ["ar", "ckb", "kmr-Arab"])
def test_texts_in_arabic_letters_hold_latin_only_where_it_is_meant(code: str):
    meant = re.compile(r"%\(\w+\)s|\b(CSV|SMS|ICMP|HEIC)\b")

    assert [text for _, text in strings(code) if re.search(r"[a-zçêîşû]", meant.sub("", text), re.I)] == []


@pytest.mark.parametrize("code", ["ar", "ckb", "kmr-Arab"])
def test_numbers_within_right_to_left_text_have_no_gaps_that_would_reorder_them(code: str):
    assert [text for _, text in strings(code) if re.search(r"\d \d", text)] == []


@pytest.fixture
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(LOCALES, tmp_path / "locales")
    monkeypatch.setattr("portal.languages.LOCALES", tmp_path / "locales")
    return tmp_path / "locales"


@pytest.mark.parametrize("code", TRANSLATED)
def test_renewing_a_catalogue_that_is_in_step_changes_nothing(locales: Path, code: str):
    before = catalogue_path(code).read_text("utf-8")

    assert renew_catalogue(code) == []
    assert catalogue_path(code).read_text("utf-8") == before


def test_a_renewed_catalogue_names_what_it_lacks_and_forgets_what_is_not_used(locales: Path):
    path = catalogue_path("ckb")
    path.write_text(path.read_text("utf-8").replace('msgid "Book"', 'msgid "Not used any more"'), "utf-8")

    assert renew_catalogue("ckb") == ["Book"]
    assert "Not used any more" not in path.read_text("utf-8")
    assert path.read_text("utf-8").startswith("# What families read, in Sorani.")


def test_kurmanji_in_arabic_letters_gets_a_draft_from_its_latin_spelling(locales: Path):
    path = catalogue_path("kmr-Arab")
    latin = LANGUAGES["kmr"].translations.gettext("Book")
    path.write_text(path.read_text("utf-8").replace('msgid "Book"', 'msgid "Not used any more"'), "utf-8")

    assert renew_catalogue("kmr-Arab") == []
    assert compile_catalogue(path).gettext("Book") == in_arabic_letters(latin)

"""No text that families read stands outside the catalogues: neither in a template nor in the code behind the doors."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from gettext import NullTranslations, c2py
from pathlib import Path

import pytest
from babel import Locale
from markupsafe import Markup

import portal.pages
from portal.catalogues import PORTAL, read_catalogue
from portal.family.guides import Guide
from portal.languages import LANGUAGES, Language
from portal.pages import Pages
from tests.unit.portal.markup import Markup as Page
from tests.unit.portal.specimens import family_pages

SHOWN = ("aria-label", "title", "alt", "placeholder")
LATIN = re.compile(r"[A-Za-z]{2,}")
# Names of languages, of institutions, an attestation's number, names of things.
MEANT = re.compile(r"English|Kurdî|Kurmancî|\bICMP\b|A-2026-000417")
GUIDE = Guide("عنوان", Markup("<p>كلمة</p>"), (), awaits_review=True, is_legal=True)


class Marking(NullTranslations):
    """A language that marks what went through its catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Marked(Language):
    """Arabic as the calendar knows it, with a catalogue that marks its texts."""

    translations = Marking()  # pyright: ignore


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Pages:
    arabic = replace(LANGUAGES["ar"], code="xx")
    language = Marked(**{name: getattr(arabic, name) for name in arabic.__dataclass_fields__})
    for module in ("portal.pages", "portal.languages"):
        monkeypatch.setattr(f"{module}.LANGUAGES", {**LANGUAGES, "xx": language})
    return Pages()


def outside(text: str) -> list[str]:
    """Words in Latin letters that no catalogue gave."""
    return LATIN.findall(MEANT.sub("", re.sub(r"⟦.*?⟧", "", text, flags=re.S)))


@pytest.mark.parametrize("name", sorted(family_pages("ar")))
def test_every_word_of_a_page_comes_from_a_catalogue(marked: Pages, name: str):
    template, context = family_pages("ar")[name]
    if "guide" in context:
        context = {**context, "guide": GUIDE}
    page = Page(marked.template("xx", template).render(context))
    attributes = [given[each] for _, given in page.elements for each in SHOWN if each in given]

    assert outside(" ".join(page.text)) == []
    assert [text for text in attributes if outside(text)] == []
    assert "⟦" in " ".join(page.text)


PARTS = ("macros.html", "parts.html", "report/fields.html", "report/step.html")
"""Templates of which pages are made, and that are no page themselves."""


def test_the_specimens_show_every_template_of_the_families():
    shown = {template for template, _ in family_pages("ar").values()}
    templates = portal.pages.STYLESHEET.parent.parent / "templates"
    written = {path.relative_to(templates).as_posix() for path in (templates / "family").rglob("*.html")}

    assert {each for each in written if not each.endswith(PARTS)} - shown == set()


def modules() -> Iterator[Path]:
    for folder in ("family", "phone"):
        yield from sorted((PORTAL / folder).rglob("*.py"))


SENTENCE = re.compile(r"^[A-Z][a-z]+[,;:]? [a-z]")
NOT_SHOWN = frozenset({"msgid", "Counter", "Gauge", "Histogram"})
"""What marks a text for the catalogues, and what describes a metric."""


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals that read like sentences and are not marked for the catalogues; docstrings are none."""
    allowed = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NOT_SHOWN:
            allowed |= {id(each) for each in ast.walk(node)}
        elif isinstance(node, ast.Expr | ast.Raise | ast.Assert):
            allowed |= {id(each) for each in ast.walk(node) if isinstance(each, ast.Constant)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in allowed
        if is_text and SENTENCE.search(node.value):
            yield node.lineno, node.value


# What callers hear before they have chosen a language is said in each of them.
SAID_IN_EVERY_LANGUAGE = {"For English press 5", "Ji bo Kurmancî 4 bişkîne"}


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: path.relative_to(PORTAL).as_posix())
def test_no_module_behind_the_families_doors_says_a_sentence_of_its_own(path: Path):
    found = [text for _, text in sentences(ast.parse(path.read_text("utf-8")))]

    assert [text for text in found if text not in SAID_IN_EVERY_LANGUAGE] == []


def test_a_sentence_in_the_code_would_be_found():
    code = 'def f():\n    """What it does."""\n    return page("Please wait a moment"), msgid("Please wait")'

    assert list(sentences(ast.parse(code))) == [(3, "Please wait a moment")]


@pytest.mark.parametrize("code", ["ar", "ckb", "kmr", "kmr-Arab"])
def test_a_language_counts_as_its_grammar_does(code: str):
    """By the plural rules of CLDR: as many forms, and another one just where the category is another."""
    catalogue = read_catalogue(code)
    category = Locale.parse("ku" if code.startswith("kmr") else LANGUAGES[code].locale).plural_form
    form = c2py(catalogue.plural_expr)
    pairs = {(category(n), form(n)) for n in range(1001)}

    assert catalogue.num_plurals == len(category.tags | {"other"}) == len(pairs)

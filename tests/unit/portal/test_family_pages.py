"""Every family page, in every language, with values as a route would hand them over."""

import gzip
import re
from dataclasses import fields
from functools import cache

import pytest

from portal.family.views import Desk, ReportForm
from portal.languages import LANGUAGES
from portal.pages import Pages
from tests.unit.portal.markup import Markup
from tests.unit.portal.specimens import FULL_REPORT, REFERENCE, a_report, family_pages

PAGES = Pages(Desk(phone="+9647701234567"))
NAMES = sorted(family_pages("en"))

ONE_TCP_WINDOW = 14 * 1024


@cache
def rendered(lang: str, name: str) -> str:
    template, context = specimens(lang)[name]
    return PAGES.template(lang, template).render(context)


@cache
def markup_of(lang: str, name: str) -> Markup:
    return Markup(rendered(lang, name))


specimens = cache(family_pages)


EVERY_PAGE = [(lang, name) for lang in LANGUAGES for name in NAMES]


@pytest.mark.parametrize(("lang", "name"), EVERY_PAGE)
def test_a_page_is_well_formed_light_and_says_its_language(lang: str, name: str):
    page = rendered(lang, name)
    markup = markup_of(lang, name)

    assert markup.problems == []
    assert len(gzip.compress(page.encode())) <= ONE_TCP_WINDOW
    assert markup.all("html") == [{"lang": LANGUAGES[lang].tag, "dir": LANGUAGES[lang].direction}]
    assert len(markup.all("h1")) == 1
    assert "{{" not in page
    assert "%(" not in page


@pytest.mark.parametrize(("lang", "name"), EVERY_PAGE)
def test_a_page_needs_no_script_and_fetches_nothing(lang: str, name: str):
    markup = markup_of(lang, name)

    assert markup.all("script") == markup.all("img") == markup.all("iframe") == []
    assert [link["href"][:5] for link in markup.all("link")] == ["data:"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_label_and_every_form_a_token(lang: str, name: str):
    markup = markup_of(lang, name)
    labelled = {label["for"] for label in markup.all("label")}
    fields = [*markup.all("input"), *markup.all("select"), *markup.all("textarea")]

    assert {field["id"] for field in fields if field.get("type") != "hidden"} == labelled
    posts = [form for form in markup.all("form") if form["method"] == "post"]
    assert len([field for field in fields if field["name"] == "csrf"]) == len(posts)
    assert all(form["action"].startswith(f"/{lang}/") for form in markup.all("form"))


def test_no_address_on_a_page_holds_the_reference():
    markup = Markup(rendered("ar", "status-full"))
    addresses = [each.get("href", "") + each.get("action", "") for _, each in markup.elements]

    assert not any(REFERENCE in re.sub(r"\D", "", address) for address in addresses)


def test_what_a_person_wrote_is_shown_again_and_cannot_become_markup():
    page = rendered("ar", "report-wrong")

    assert "&lt;خرج&gt; &amp; لم يعد" in page
    assert "<خرج>" not in page
    assert '<option value="8" selected>' in page


ON_ONE_PAGE = [field.name for field in fields(ReportForm) if field.name not in {"relative", "relatives"}]


@pytest.mark.parametrize("name", ON_ONE_PAGE)
def test_whatever_is_wrong_in_a_report_is_named_and_found(name: str):
    _, context = specimens("ar")["report"]
    page = PAGES.template("ar", "family/report/whole.html").render({**context, "errors": {name: "too_long"}})
    markup = Markup(page)

    assert markup.problems == []
    assert f"#{name}" in {link["href"] for link in markup.all("a")}


def test_each_error_leads_to_its_field_and_names_what_is_wrong():
    markup = Markup(rendered("en", "report-wrong"))
    phone = next(field for field in markup.all("input") if field["name"] == "phone")

    assert {"#phone", "#consent_keep"} <= {link["href"] for link in markup.all("a")}
    assert phone["aria-invalid"] == "true"
    assert "phone-error" in phone["aria-describedby"].split()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_personal_page_is_left_by_ending_its_session(lang: str):
    leaving = [a["href"] for a in Markup(rendered(lang, "status-full")).all("a") if a.get("class") == "leave"]

    assert leaving == [f"/{lang}/leave"]


def test_a_neutral_page_says_neither_visit_nor_need_where_there_is_none():
    empty = PAGES.template("en", "family/status.html").render(report=a_report(), csrf_token="t", at="status")
    full = PAGES.template("en", "family/status.html").render(report=FULL_REPORT, csrf_token="t", at="status")

    assert "Your visits" not in empty
    assert "What would still help" not in empty
    assert "Your visits" in full
    assert "Sunday, 6 December 2026" in full
    assert "09:30" in full


def test_the_call_desk_is_named_on_every_page_as_it_was_set():
    assert all('href="tel:+9647701234567"' in rendered("kmr", name) for name in NAMES)
    assert "0770 123 4567" in rendered("kmr", "start")


@pytest.mark.parametrize(("minutes", "says"), [(1, "in 1 minute."), (5, "in 5 minutes."), (0, "try again later")])
def test_too_many_tries_says_when_to_come_back(minutes: int, says: str):
    page = PAGES.template("en", "family/error.html").render(code=429, minutes=minutes, at="")

    assert says in page


@pytest.mark.parametrize(("code", "heading"), [(422, "This form is not valid any more"), (502, "Something went wrong")])
def test_an_error_without_words_of_its_own_gets_those_of_its_kind(code: int, heading: str):
    assert heading in PAGES.template("en", "family/error.html").render(code=code, minutes=0, at="")

"""Texts are put in while a template compiles: as constants, escaped, with their values."""

import pytest
from jinja2 import DictLoader, UndefinedError

from portal.languages import LANGUAGES
from portal.rendering import PageEnvironment


def rendered(source: str, code: str = "en", **context: object) -> str:
    environment = PageEnvironment(LANGUAGES[code], {"mark": "<i>"}, {})
    environment.loader = DictLoader({"page": source})
    return environment.get_template("page").render(context)


def test_a_text_is_told_in_the_language_of_its_environment():
    assert rendered('{{ _("Book") }}', "ar") == "حجز"
    assert rendered('{{ _("Book") }}', "kmr") == "Tomar bike"


def test_a_text_is_put_in_while_compiling():
    environment = PageEnvironment(LANGUAGES["ar"], {}, {})

    assert "حجز" in environment.compile('<p>{{ _("Book") }}</p>', raw=True)
    assert "Book" not in environment.compile('<p>{{ _("Book") }}</p>', raw=True)


def test_a_value_stands_in_its_place_and_is_escaped():
    assert rendered('{{ _("Source: %(source)s", source=law) }}', law="A & <b>") == "Source: A &amp; &lt;b&gt;"


def test_a_translation_cannot_bring_markup():
    assert rendered('{{ _("<b>Book</b>") }}') == "&lt;b&gt;Book&lt;/b&gt;"


def test_a_constant_is_trusted_markup_and_can_stand_in_a_text():
    assert rendered("{{ mark }}") == "<i>"
    assert rendered('{{ _("Source: %(source)s", source=mark) }}') == "Source: &lt;i&gt;"


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError):
        rendered('{{ _("Source: %(source)s", source=law) }}')


def test_counting_takes_the_form_of_the_number():
    source = '{{ ngettext("%(n)s place left", "%(n)s places left", n) }}'

    assert rendered(source, n=1) == "1 place left"
    assert rendered(source, n=4) == "4 places left"
    assert rendered(source, "ar", n=2) == "بقي مكانان"


TONGUES = (LANGUAGES["ar"], LANGUAGES["en"])


def written_out(source: str, **context: object) -> tuple[str, str]:
    """A page of a loop over languages, and the code that it became."""
    environment = PageEnvironment(LANGUAGES["en"], {"lang": "en"}, {"tongues": TONGUES})
    environment.loader = DictLoader({"page": source})
    return environment.get_template("page").render(context), environment.compile(source, raw=True)


def test_a_loop_over_what_never_changes_is_written_out_while_compiling():
    page, code = written_out(
        '{% for each in tongues if each.code != lang %}<a lang="{{ each.tag }}">{{ at }}</a>{% endfor %}', at="<b>"
    )

    assert page == '<a lang="ar-IQ">&lt;b&gt;</a>'
    assert "ar-IQ" in code
    assert "for l_" not in code


def test_a_loop_that_counts_or_whose_list_may_change_stays_a_loop():
    counted = "{% for each in tongues %}{{ each.code }}{% if not loop.last %}, {% endif %}{% endfor %}"

    assert written_out(counted)[0] == "ar, en"
    assert written_out("{% for each in given %}{{ each }}{% endfor %}", given=[1, 2])[0] == "12"

"""The rights guide and the privacy page, as editors keep them."""

import datetime
from pathlib import Path

import pytest

from portal.family import guides
from portal.family.guides import GuideError, read_guide
from portal.languages import LANGUAGES
from portal.pages import Pages

HEAD = "---\ntitle: Rights\nnative_review: {review}\nlegal: yes\n---\n"
SECTION = "Begin.\n\n## Property\nsource: Civil Code\ndrafted: 2026-11-24\n\nIt *stays* <b>theirs</b>.\n"


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(guides, "CONTENT", tmp_path)
    (tmp_path / "en").mkdir()
    return tmp_path / "en" / "rights.md"


def shown(guide: guides.Guide) -> str:
    return Pages().template("en", "family/guide.html").render(guide=guide, at="rights")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", ["rights", "privacy"])
def test_every_language_has_every_guide_with_the_same_sections(name: str, code: str):
    guide = read_guide(name, code)

    assert len(guide.sections) == len(read_guide(name, "en").sections)
    assert guide.awaits_review is (code != "en")
    assert guide.is_legal is (name == "rights")
    assert all(section.title and section.body for section in guide.sections)
    assert all(section.drafted_on or section.reviewed_on for section in guide.sections if guide.is_legal)


def test_a_section_shows_its_source_and_that_nobody_has_reviewed_it(content: Path):
    content.write_text(HEAD.format(review="awaiting") + SECTION)
    section = read_guide("rights", "en").sections[0]

    assert (section.source, section.drafted_on) == ("Civil Code", datetime.date(2026, 11, 24))
    page = shown(read_guide("rights", "en"))
    assert "Source: Civil Code" in page
    assert "not yet reviewed by a lawyer" in page
    assert "This is not legal advice." in page
    assert "awaiting review by a native speaker" in page


def test_an_editor_removes_the_mark_by_writing_who_reviewed(content: Path):
    content.write_text(HEAD.format(review="awaiting") + SECTION)
    assert read_guide("rights", "en").awaits_review

    content.write_text(HEAD.format(review="A. Reviewer, 2027-01-05") + SECTION.replace("drafted", "reviewed"))

    page = shown(read_guide("rights", "en"))
    assert "awaiting review" not in page
    assert "Reviewed on 24 November 2026" in page


def test_markup_in_a_guide_is_shown_as_text(content: Path):
    content.write_text(HEAD.format(review="awaiting") + SECTION)

    assert "<em>stays</em> &lt;b&gt;theirs&lt;/b&gt;" in read_guide("rights", "en").sections[0].body


@pytest.mark.parametrize(
    "text", ["No head at all", "---\ntitle: Only a title\n---\nText", "---\nnative_review: x\n---\n"]
)
def test_a_file_that_is_out_of_form_is_named(content: Path, text: str):
    content.write_text(text)

    with pytest.raises(GuideError, match=r"rights\.md"):
        read_guide("rights", "en")

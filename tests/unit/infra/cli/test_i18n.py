"""`sila i18n`, as a translator uses it."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from typer.testing import CliRunner

from infra.cli import app
from portal.catalogues import used_texts
from portal.languages import LANGUAGES


def test_a_translator_sees_that_nothing_is_missing():
    result = CliRunner().invoke(app, ["i18n", "missing"])

    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.output.splitlines()] == ["ar", "ckb", "kmr-Arab", "kmr"]
    assert "nothing missing" in result.output


def test_what_is_missing_is_named_and_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portal.catalogues.used_texts", lambda: {"Book": "a", "A new text": "b", ("One", "Many"): "c"})

    result = CliRunner().invoke(app, ["i18n", "missing"])

    assert result.exit_code == 1
    assert "  A new text\n  One\n" in result.output
    assert "  Book" not in result.output


def test_without_a_command_it_tells_of_every_language_what_it_has_and_who_reviewed_it():
    result = CliRunner().invoke(app, ["i18n"])
    total = len(used_texts())

    assert result.exit_code == 0
    assert f"ckb: {total} of {total} texts of the pages and calls; review: awaiting native review" in result.output
    assert all(f"\n{code}: " in f"\n{result.output}" for code in LANGUAGES)
    assert "guides that await review: privacy, rights" in result.output


def test_a_translator_gets_every_text_in_a_template(tmp_path: Path):
    file = tmp_path / "sila.pot"
    result = CliRunner().invoke(app, ["i18n", "extract", str(file)])

    with file.open("rb") as template:
        texts = [message for message in read_po(template) if message.id]
    assert result.exit_code == 0
    assert len(texts) == len(used_texts())
    assert not any(message.string and any(message.string) for message in texts)

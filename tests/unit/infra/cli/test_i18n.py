"""`sila i18n`, as a translator uses it."""

import pytest
from typer.testing import CliRunner

from infra.cli import app


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

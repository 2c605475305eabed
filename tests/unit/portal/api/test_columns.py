import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from portal.api.columns import COLUMN_AT, COLUMNS, KNOWN, NAME_PARTS, column_of, report_in, several, text, yes_or_no
from shared.messages.report_content import ReportContent


def test_every_column_leads_to_a_field_of_a_report() -> None:
    for path, _ in COLUMNS.values():
        model: type[BaseModel] = ReportContent
        for step in path:
            assert step in model.model_fields
            field = model.model_fields[step]
            models = [a for a in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(a, type)]
            model = next((m for m in models if issubclass(m, BaseModel)), model)


def test_every_field_in_error_is_told_by_its_column() -> None:
    assert set(COLUMN_AT.values()) <= KNOWN
    assert column_of(("person", "names")) == "name"
    assert column_of(("person", "names", "0", "father")) == "father"
    assert column_of(("consent", "share", "1")) == "consent_share"
    assert column_of(("person", "born")) == "birth_year"
    assert column_of(("relatives", "0")) == "relatives.0"


def test_a_name_in_parts_is_a_whole_name_too() -> None:
    (name,) = report_in({"given": "علي", "father": "حسين", "mother": ""})["person"]["names"]
    assert name == {"raw": "علي حسين", "kind": "official", "given": "علي", "father": "حسين"}


def test_names_are_listed_with_their_kinds() -> None:
    names = report_in({"name": "علي حسين", "known_as": "أبو محمد", "other_spelling": "Ali Husain"})["person"]["names"]
    assert [(n["raw"], n["kind"]) for n in names] == [
        ("علي حسين", "official"),
        ("أبو محمد", "known_as"),
        ("Ali Husain", "spelling"),
    ]


@given(st.text())
def test_no_words_begin_a_formula(cell: str) -> None:
    assert not text(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text(cell).removeprefix("'").endswith(cell.removeprefix("'"))


@pytest.mark.parametrize("cell", ["ihchr,police", "ihchr; police", " ihchr | police ", "ihchr police"])
def test_codes_are_told_apart_however_they_are_listed(cell: str) -> None:
    assert several(cell) == ["ihchr", "police"]


@pytest.mark.parametrize(
    ("cell", "means"), [("Yes", True), ("نعم", True), ("0", False), ("لا", False), ("perhaps", "perhaps")]
)
def test_yes_and_no_are_understood_and_nothing_is_guessed(cell: str, means: object) -> None:
    assert yes_or_no(cell) == means


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(max_size=30)))
def test_empty_cells_say_nothing(row: dict[str, str]) -> None:
    report = report_in({column: cell if cell.strip() else "" for column, cell in row.items()})
    assert all(name["raw"] for name in report["person"]["names"])
    assert {part for name in report["person"]["names"] for part in name} <= {"raw", "kind", *NAME_PARTS}

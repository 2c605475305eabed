"""Nothing that comes in from outside is without a limit: moments, days, numbers, texts, lists."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import shared.messages
from shared.bounds import (
    FIRST_DAY,
    FIRST_MOMENT,
    LAST_DAY,
    LAST_MOMENT,
    Day,
    Moment,
    NoSuchLocalTime,
    OutOfBounds,
    is_time_zone,
    local_moment,
)
from shared.messages.model import REGISTRY, CommandRefused
from shared.messages.subscriptions import OWNERS

FIXED_LENGTH = {"uuid"}
REPEATS_WITHOUT_END = re.compile(r"(?<!\\)[*+]|,\}")
moment, day = TypeAdapter(Moment), TypeAdapter(Day)


def models_of_messages() -> list[type[BaseModel]]:
    """Every model in `shared.messages`: the messages, and what travels sealed in them."""
    found: dict[str, type[BaseModel]] = {m.kind: m for models in OWNERS.values() for m in models}
    found |= {m.kind: m for m in REGISTRY.values() if issubclass(m, CommandRefused) and m.owner in OWNERS}
    for each in pkgutil.iter_modules(shared.messages.__path__):
        module = importlib.import_module(f"shared.messages.{each.name}")
        for value in vars(module).values():
            is_ours = isinstance(value, type) and issubclass(value, BaseModel)
            if is_ours and value.__module__ == module.__name__ and value.model_fields:
                found[value.__name__] = value
    return sorted(found.values(), key=lambda model: model.__name__)


def without_limits(schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """The places in a JSON schema where a value of any size is taken."""
    for name, inner in schema.get("$defs", {}).items():
        yield from without_limits(inner, f"#{name}")
    for option in schema.get("anyOf", ()):
        yield from without_limits(option, at)
    if "enum" in schema or "const" in schema:
        return
    match schema.get("type"):
        case "string":
            yield from [at] * (not is_limited_text(schema))
        case "integer" | "number":
            has_least = {"minimum", "exclusiveMinimum"} & schema.keys()
            yield from [at] * (not has_least or not {"maximum", "exclusiveMaximum"} & schema.keys())
        case "array":
            yield from [at] * ("maxItems" not in schema)
            yield from without_limits(schema.get("items", {}), f"{at}[]")
        case "object":
            yield from fields_without_limits(schema, at)


def is_limited_text(schema: dict[str, Any]) -> bool:
    """Whether a text has a greatest length, or is a moment or a day between two others."""
    if schema.get("format") in {"date-time", "date"}:
        return {"formatMinimum", "formatMaximum"} <= schema.keys()
    has_pattern = "pattern" in schema and not REPEATS_WITHOUT_END.search(schema["pattern"])
    return schema.get("format") in FIXED_LENGTH or "maxLength" in schema or has_pattern


def fields_without_limits(schema: dict[str, Any], at: str) -> Iterator[str]:
    """The same for an object's fields, or for a dictionary's names and values."""
    for name, inner in schema.get("properties", {}).items():
        yield from without_limits(inner, f"{at}.{name}")
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        names = schema.get("propertyNames", {})
        yield from [f"{at}{{}}"] * not_counted(schema, names)
        yield from without_limits(values, f"{at}{{}}")


def not_counted(schema: dict[str, Any], names: dict[str, Any]) -> bool:
    """Whether a dictionary may have any number of names, or names of any length."""
    is_of_some_names = "enum" in names or "$ref" in names
    return not is_of_some_names and not ("maxProperties" in schema and "maxLength" in names)


@pytest.mark.parametrize("model", models_of_messages(), ids=lambda model: model.__name__)
def test_every_field_of_a_message_has_its_limits(model: type[BaseModel]) -> None:
    assert not list(without_limits(model.model_json_schema()))


def test_a_field_without_limits_is_found() -> None:
    class Loose(BaseModel):
        text: str
        number: int
        at: datetime
        on: date
        listed: list[str]
        named: dict[str, int]

    places = {".text", ".number", ".at", ".on", ".listed", ".listed[]", ".named{}"}
    assert set(without_limits(Loose.model_json_schema())) == places


@pytest.mark.parametrize(
    "written",
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z",
     "2101-01-01T00:00:00Z", "2026-02-30T10:00:00Z", "2026-11-24T24:00:01Z", "2026-11-24T09:00:00"],
)  # fmt: skip
def test_no_moment_beyond_the_bounds_is_taken(written: str) -> None:
    with pytest.raises(ValidationError):
        moment.validate_json(f'"{written}"')


@pytest.mark.parametrize("written", ["9999-12-31", "0001-01-01", "1899-12-31", "2101-01-01", "2026-02-30"])
def test_no_day_beyond_the_bounds_is_taken(written: str) -> None:
    with pytest.raises(ValidationError):
        day.validate_json(f'"{written}"')


def test_the_bounds_themselves_are_taken() -> None:
    assert day.validate_python(FIRST_DAY) == FIRST_DAY
    assert day.validate_python(LAST_DAY) == LAST_DAY
    assert moment.validate_python(FIRST_MOMENT) == FIRST_MOMENT
    assert moment.validate_python(LAST_MOMENT) == LAST_MOMENT


@given(at=st.datetimes(timezones=st.timezones()), zone=st.timezones())
def test_a_moment_that_is_taken_can_be_shown_in_every_time_zone(at: datetime, zone: ZoneInfo) -> None:
    try:
        taken = moment.validate_python(at)
    except (ValidationError, OverflowError):
        return
    assert taken.astimezone(zone) == taken
    assert (taken + timedelta(days=30)).astimezone(zone)


@given(on=st.dates(), clock=st.times(), zone=st.timezone_keys())
def test_a_local_time_is_a_moment_that_the_clocks_show_or_an_error(on: date, clock: time, zone: str) -> None:
    try:
        at = local_moment(on, clock, zone)
    except (OutOfBounds, NoSuchLocalTime):
        return
    shown = at.astimezone(UTC).astimezone(ZoneInfo(zone))
    assert (shown.date(), shown.time()) == (on, clock)
    assert moment.validate_python(at) == at


def test_a_time_that_the_clocks_skip_is_refused_and_one_they_show_twice_is_the_first() -> None:
    with pytest.raises(NoSuchLocalTime):
        local_moment(date(2026, 3, 29), time(2, 30), "Europe/Berlin")
    twice = local_moment(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert twice.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "Asia", "Asia/Baghdad\0", "x" * 5000, "٣"])
def test_what_is_no_time_zone_is_known_as_such(name: str) -> None:
    assert not is_time_zone(name)
    assert is_time_zone("Asia/Baghdad")

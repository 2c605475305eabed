"""Reads what a call sends: of the right type, not too large, well-formed, in characters that can be kept."""

import json
import math
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal.api.problems import FieldError, Refused, field_errors, invalid, pointer_to
from portal.forms import read_body

JSON = "application/json"
DEEPEST = 32
LARGEST_EXACT = 2**53
Model = TypeVar("Model", bound=BaseModel)


async def read_bytes(request: Request, accepted: Collection[str], largest_bytes: int) -> bytes:
    """A call's body. Raises Refused: 415 for another type or encoding, 413 as soon as it is too large."""
    if media_type_of(request) not in accepted or request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, f"Send {' or '.join(sorted(accepted))}, not compressed, in UTF-8.")
    try:
        return await read_body(request, largest_bytes)
    except HTTPException:
        raise Refused(413, f"At most {largest_bytes} bytes are taken.") from None


def media_type_of(request: Request) -> str:
    """The type of a body; empty where its characters are not in UTF-8."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    return kind.strip().lower() if charset in {"", "utf-8", "utf8"} else ""


def parse_json(body: bytes) -> Any:
    """The value of a JSON text, read strictly: a name twice in one object, NaN or bad UTF-8 is no JSON.

    Raises Refused 400, and 422 for values that cannot be kept.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_number,
            object_pairs_hook=_object_of_distinct_names,
        )
    except (ValueError, RecursionError):
        raise Refused(400, "This is not well-formed JSON in UTF-8.") from None
    if errors := list(_unkeepable(value, ())):
        raise invalid(errors)
    return value


def _number(written: str) -> int | float:
    """A number; 37.0 is a whole one in JSON, as JSON Schema has it."""
    number = float(written)
    return int(number) if number.is_integer() and abs(number) <= LARGEST_EXACT else number


def _refuse_constant(_: str) -> None:
    raise ValueError


def _object_of_distinct_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _unkeepable(value: Any, at: tuple[str | int, ...]) -> Iterator[FieldError]:
    if len(at) > DEEPEST:
        yield _error(at, "too_deep", f"At most {DEEPEST} levels are taken.")
    elif isinstance(value, dict):
        for name, within in value.items():
            if not is_text(name):
                yield _error(at, "characters", "A name has characters that are no text.")
            else:
                yield from _unkeepable(within, (*at, name))
    elif isinstance(value, list):
        for place, within in enumerate(value):
            yield from _unkeepable(within, (*at, place))
    elif isinstance(value, str) and not is_text(value):
        yield _error(at, "characters", "There are characters here that are no text.")
    elif isinstance(value, float) and not math.isfinite(value):
        yield _error(at, "finite_number", "This number is too large.")


def _error(at: tuple[str | int, ...], code: str, message: str) -> FieldError:
    return FieldError(pointer=pointer_to(at), code=code, message=message)


def is_text(written: str) -> bool:
    """Whether there are only characters that the record can keep: no control characters, no halves of others."""
    return not any((c < " " and c not in "\t\r\n") or "\ud800" <= c <= "\udfff" for c in written)


def validated(model: type[Model], value: Any) -> Model:
    """A value as a model. Raises Refused 422 with what is wrong, field by field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(field_errors(error)) from None


def validated_json(model: type[Model], body: bytes) -> Model:
    """A JSON text as a model, each value of just the type that the OpenAPI document says.

    A consent of `"no"` or a year of `true` must not become something else by conversion.
    Raises Refused 400 where it is no JSON, and 422 with what is wrong, field by field.
    """
    value = parse_json(body)
    try:
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise invalid(field_errors(error)) from None

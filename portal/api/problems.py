"""What the API's door answers when it refuses: problem documents (RFC 9457) that name the field, and never a value."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from portal.problems import problem

MOST_ERRORS = 100
NOT_ECHOING = frozenset({
    "missing", "extra_forbidden", "literal_error", "string_type", "string_too_short", "string_too_long", "bool_type",
    "bool_parsing", "int_type", "int_parsing", "int_from_float", "float_type", "float_parsing", "list_type",
    "dict_type", "model_type", "model_attributes_type", "too_long", "too_short", "greater_than_equal",
    "less_than_equal", "greater_than", "less_than", "string_pattern_mismatch", "timezone_aware", "date_type",
    "datetime_type",
})  # fmt: skip
"""The kinds of error whose message speaks of the rule alone; others' may print what was sent."""


class FieldError(BaseModel):
    """What is wrong with one field: where (a JSON pointer into what was sent), a code, and words about the rule."""

    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = None


class Refused(Exception):
    """The door refuses a call. Nothing was written."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers or {}

    def answer(self) -> Response:
        """The problem document."""
        more = {"errors": [error.model_dump() for error in self.errors[:MOST_ERRORS]]} if self.errors else {}
        return problem(self.status, self.detail, headers=self.headers, **more)


def invalid(errors: Sequence[FieldError]) -> Refused:
    """What was sent can be read, and is not what is wanted (422)."""
    return Refused(422, "Some fields are not as they should be.", errors=errors)


def invalid_field(pointer: str, code: str, message: str) -> Refused:
    """One field is wrong (422)."""
    return invalid([FieldError(pointer=pointer, code=code, message=message)])


def field_errors(error: ValidationError, *, under: str = "") -> list[FieldError]:
    """A model's complaints, without the values they are about."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        FieldError(pointer=under + pointer_to(e["loc"]), code=e["type"], message=_message(e))
        for e in found[:MOST_ERRORS]
    ]


def _message(error: Any) -> str:
    return error["msg"] if error["type"] in NOT_ECHOING else "This is not valid here."


def pointer_to(steps: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)

"""What the control API reads from a request."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from infra.simulator.numbers import to_e164


class Wish(BaseModel):
    """What a request's JSON asks for; an unknown name in it is refused."""

    model_config = ConfigDict(extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


async def read_wish(request: Request, model: type[Model]) -> Model:
    """The request's JSON (nothing counts as `{}`). Raises HTTPException 422 with what is wrong."""
    try:
        return model.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise HTTPException(422, error.json(include_url=False, include_input=False)) from None


def phone_number(request: Request) -> str:
    """The phone in the path, with or without `+`. Raises HTTPException 404 if there can be none such."""
    number = to_e164(request.path_params["phone"])
    if number is None:
        raise HTTPException(404, "not a phone number")
    return number

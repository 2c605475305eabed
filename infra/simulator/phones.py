"""The phones at the other end: which are switched off, which said STOP to the carrier."""

from pydantic import BaseModel, ConfigDict


class Phone(BaseModel):
    """A phone's own state. Its texts and calls are kept with the carrier's records."""

    model_config = ConfigDict(extra="forbid")

    reachable: bool = True
    opted_out: bool = False


class Phones:
    """States of those phones whose state is not the usual one."""

    def __init__(self) -> None:
        self._unusual: dict[str, Phone] = {}

    def get(self, number: str) -> Phone:
        """The phone with this number; every number has one."""
        return self._unusual.get(number) or Phone()

    def put(self, number: str, phone: Phone) -> None:
        """Set a phone's state."""
        self._unusual[number] = phone

    def clear(self) -> None:
        """Every phone as it was."""
        self._unusual.clear()

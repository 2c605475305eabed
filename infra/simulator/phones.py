"""The phones at the other end: which there are, which are switched off, which said STOP to the carrier."""

from pydantic import BaseModel, ConfigDict


class Phone(BaseModel):
    """A phone's own state. Its texts and calls are kept with the carrier's records."""

    model_config = ConfigDict(extra="forbid")

    reachable: bool = True
    opted_out: bool = False


class Phones:
    """Every number that was ever used, and the state of those that are not as usual."""

    def __init__(self) -> None:
        self._unusual: dict[str, Phone] = {}
        self._last_used: dict[str, float] = {}

    def get(self, number: str) -> Phone:
        """The phone with this number; every number has one."""
        return self._unusual.get(number) or Phone()

    def put(self, number: str, phone: Phone) -> None:
        """Set a phone's state."""
        self._unusual[number] = phone

    def used(self, number: str, at: float) -> None:
        """A text or a call went to or from this phone."""
        # Taken out and put in again, so that the order of the dict is the order of use.
        self._last_used.pop(number, None)
        self._last_used[number] = at

    def latest_first(self) -> list[tuple[str, float]]:
        """Numbers with the time of their last use (seconds since 1970), the latest first."""
        return list(reversed(self._last_used.items()))

    def clear(self) -> None:
        """Forget every phone."""
        self._unusual.clear()
        self._last_used.clear()

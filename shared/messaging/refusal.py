"""A refusal is an answer, not a failure: a rule says no before anything is written."""

from typing import ClassVar


class Refusal(Exception):
    """A rule's no, with the values that the answer needs. Subclass it beside the rule, with a `reason` of its own."""

    reason: ClassVar[str] = "refused"

    def __init__(self, **values: object) -> None:
        super().__init__(self.reason)
        self.values = values


class MalformedMessage(Exception):
    """What came in cannot be a message of ours; retrying would not help."""


class Unretryable(Exception):
    """A failure that no later try can mend; the message is parked at once."""

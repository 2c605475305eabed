"""What a family wishes for the day that there is something to tell, as staff ask and read it."""

from typing import Any, Final

from portal.staff.fields import Fields
from shared.messages.reports import FamilyWishes

BY_WHOM: Final = {"either": "a woman or a man", "woman": "a woman", "man": "a man"}
WHEN: Final = {"any_time": "any time", "not_yet": "not yet: nobody asks them to get in touch"}
FURTHER: Final = {
    "not_asked": "not asked yet",
    "tell_at_first": "tell them at the first part, and each time",
    "tell_when_complete": "tell them when it is complete",
    "do_not_tell_again": "do not tell them again",
}
HANDED_OVER: Final = {
    "undecided": "undecided",
    "receive": "the family receives them",
    "authority": "left to the authority",
}
WISHES: Final[dict[str, Any]] = {
    "by_whom": BY_WHOM,
    "when_to_tell": WHEN,
    "further": FURTHER,
    "handed_over": HANDED_OVER,
}
"""What the pages choose from."""


def wishes_in(fields: Fields) -> FamilyWishes:
    """What was written of a family's wishes; `fields` says what is wrong in it."""
    said = {
        "tell": fields.text("tell") or None,
        "where": fields.text("where") or None,
        "by": fields.choice("by", BY_WHOM),
        "when": fields.choice("when", WHEN),
        "further_remains": fields.choice("further_remains", FURTHER),
        "burial_of_further": fields.choice("burial_of_further", HANDED_OVER),
    }
    return FamilyWishes.model_validate(said) if fields.are_right else FamilyWishes()

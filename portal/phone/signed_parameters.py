"""Which parameters of a webhook its signature really proves.

The carrier signs its URL followed by every name and value, sorted by name, with nothing between them. Whoever has one
signed request can therefore move characters between a name, its value and their neighbours and keep the signature:
`MessageSid=SM…&NumMedia=0` and `MessageSid=SM…NumMedia0` are signed alike. This module refuses every reading of the
signed characters but the carrier's own, and lets parameters pass that the carrier may send one day.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.forms import Form

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
TEXT_ID = r"(?:SM|MM)[0-9a-f]{32}"
CALL_ID = r"CA[0-9a-f]{32}"
NUMBER = r"(?:whatsapp:)?\+[0-9]{7,15}"
WORD = r"[a-z][a-z_-]*"

ACCOUNT = {"AccountSid": r"AC[0-9a-f]{32}"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters that a webhook acts by: what their values look like, and which must be there."""

    shapes: Mapping[str, str]
    needed: frozenset[str] = frozenset()


OF_TEXTS = Parameters(
    {
        **ACCOUNT,
        "MessageSid": TEXT_ID,
        "From": NUMBER,
        "NumMedia": r"[0-9]{1,2}",
        "OptOutType": r"(?:STOP|START|HELP)",
    },
    needed=frozenset({"MessageSid", "From", "Body"}),
)
OF_STATUSES = Parameters(
    {
        **ACCOUNT,
        "MessageSid": TEXT_ID,
        "CallSid": CALL_ID,
        "MessageStatus": WORD,
        "SmsStatus": WORD,
        "CallStatus": WORD,
        "ErrorCode": r"[0-9]{1,8}",
        "AnsweredBy": WORD,
    }
)
OF_CALLS = Parameters(
    {
        **ACCOUNT,
        "CallSid": CALL_ID,
        "From": NUMBER,
        "To": NUMBER,
        "Direction": WORD,
        "AnsweredBy": WORD,
        "DialCallStatus": WORD,
        "Digits": r"[0-9*#]+",
    },
    needed=frozenset({"CallSid", "From", "To"}),
)
ANYTHING = frozenset({"Body", "Digits", "From", "To"})
"""What people write, press or call from may have another shape (`anonymous`), but not one with something behind it."""


def is_unambiguous(url: str, form: Form, acted_by: Parameters) -> bool:
    """Whether the signed characters can be read in no other way that would change what a webhook does."""
    shapes = acted_by.shapes
    names = [name for name, _ in form.fields]
    if not acted_by.needed <= set(names) or any(NAME.fullmatch(name) is None for name in names):
        return False
    if any(names.count(name) > 1 for name in (*shapes, *ANYTHING)):
        return False
    for name, value in form.fields:
        shape = shapes.get(name)
        if not value or shape is None or re.fullmatch(shape, value):
            continue
        if name not in ANYTHING or re.match(shape, value):
            return False
    return _ends_are_certain(url, form.fields, shapes) and _nothing_is_hidden(url, form.fields, shapes)


def _ends_are_certain(url: str, fields: Sequence[tuple[str, str]], shapes: Mapping[str, str]) -> bool:
    """Whether no end of the URL, or of a word of the carrier's, may be the beginning of the next name.

    Names of the carrier's begin with a capital, but for a few that sort last (`msg`).
    """
    before = WORD if "?" in url else ""
    for name, _ in sorted(fields):
        if before == WORD and not name[:1].isupper():
            return False
        before = shapes.get(name, "")
    return True


def _nothing_is_hidden(url: str, fields: Sequence[tuple[str, str]], shapes: Mapping[str, str]) -> bool:
    """Whether a name that a webhook acts by is followed by such a value only where a parameter begins.

    A longer name may end in it (`SmsMessageSid`), if the parameter itself is there too.
    """
    signed, name_ending_at = url, dict[int, str]()
    for name, value in sorted(set(fields)):
        signed += name
        name_ending_at[len(signed)] = name
        signed += value
    sent = {name for name, _ in fields}
    for name, shape in shapes.items():
        for found in re.finditer(f"{name}(?={shape})", signed):
            whole = name_ending_at.get(found.end(), "")
            if whole != name and not (whole.endswith(name) and whole[0].isupper() and name in sent):
                return False
    return True

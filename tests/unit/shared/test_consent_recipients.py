"""Whom a consent may be given to: an institution by its code, a channel, or nobody. Anything else is no message."""

import re
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.messages.report_content import Channel
from shared.messages.reports import ConsentPurpose, SetConsent
from shared.references import new_reference
from tests.actors import family_of

INSTITUTION = re.compile(r"[a-z][a-z0-9-]{1,30}")
CHANNELS = set(get_args(Channel))
PURPOSES = get_args(ConsentPurpose)
REFERENCE = new_reference()
near_codes = st.from_regex(r"[a-z][a-z0-9-]{0,33}", fullmatch=True)
written = st.one_of(
    st.none(), near_codes, st.sampled_from(sorted(CHANNELS)), st.text(max_size=45), near_codes.map(lambda c: c + "\n")
)


def is_taken(purpose: str, recipient: str | None, *, is_given: bool) -> bool:
    said = {"actor": family_of(REFERENCE), "reference": REFERENCE, "purpose": purpose, "is_given": is_given}
    try:
        SetConsent.model_validate({**said, "recipient": recipient})
    except ValidationError:
        return False
    return True


@given(recipient=written)
def test_a_report_is_shared_with_a_well_formed_institution_alone(recipient: str | None) -> None:
    is_code = recipient is None or bool(INSTITUTION.fullmatch(recipient))
    assert is_taken("share", recipient, is_given=True) == is_code


@given(recipient=written)
def test_a_family_is_contacted_by_a_known_channel_alone(recipient: str | None) -> None:
    assert is_taken("contact", recipient, is_given=True) == (recipient is None or recipient in CHANNELS)


@given(purpose=st.sampled_from(PURPOSES), recipient=written)
def test_what_was_once_written_can_be_taken_back(purpose: str, recipient: str | None) -> None:
    assert is_taken(purpose, recipient, is_given=False) == (len(recipient or "") <= 40)

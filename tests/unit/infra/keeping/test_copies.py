"""Every table that a part keeps of what another tells is on the list of copies, and so resynced and checked."""

from infra.keeping.copies import COPIES, chosen
from shared.messages.model import CommandRefused, Lane
from shared.messages.reports import ReportAccepted
from shared.messages.subscriptions import LISTENS

# An allocated reference is used: what is told cannot be told again with another content.
KEPT_AS_NO_COPY = {ReportAccepted}


def test_every_event_that_a_part_keeps_something_of_has_its_copy() -> None:
    copied = {(copy.consumer, model) for copy in COPIES for model in copy.models}
    heard = {
        (consumer, model)
        for consumer, models in LISTENS.items()
        for model in models
        if not issubclass(model, CommandRefused) and model not in KEPT_AS_NO_COPY
    }
    assert copied == heard


def test_a_part_a_table_and_all_can_be_chosen() -> None:
    assert chosen(None) == chosen("all") == COPIES
    assert {c.name for c in chosen("outreach")} == {"outreach.audience_member", "outreach.batch"}
    assert [c.table for c in chosen("portal.visit")] == ["visit"]


def test_whatever_a_resync_tells_goes_in_the_bulk_lane() -> None:
    in_the_way = {model.kind for copy in COPIES for model in copy.models if Lane.BULK not in model.lanes}
    assert in_the_way == set()

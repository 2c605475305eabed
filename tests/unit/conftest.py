"""Unit tests see Sila's own messages only, whatever service test ran before them in the same process."""

import pytest

from shared.messages.subscriptions import LISTENS, OWNERS, PART_OF


@pytest.fixture(autouse=True)
def _without_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    for told in (OWNERS, LISTENS, PART_OF):
        for made_up in [name for name in told if name.startswith("probe")]:
            monkeypatch.delitem(told, made_up)

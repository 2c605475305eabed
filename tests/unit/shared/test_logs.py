"""Logs: what may be personal does not get through."""

from uuid import UUID

import pytest

from shared import logs
from shared.logs import PersonalInLog, is_plain, refuse_personal

ID = "6c62efaf-c18a-4987-a629-160c14c97fe7"


@pytest.mark.parametrize(
    "value", [3, 0.5, True, None, UUID(ID), ID, "gateway.send", "/webhooks/twilio/sms", "/{lang}/status"]
)
def test_plain_values_get_through(value: object) -> None:
    assert is_plain(value)


@pytest.mark.parametrize(
    "value",
    ["علي حسين", "+9647701234567", "916991005150", "name: ئازاد", b"x", {"a": 1}, ["x"], "x" * 300],
)
def test_personal_values_and_free_text_do_not(value: object) -> None:
    assert not is_plain(value)


def test_in_tests_a_personal_value_raises_and_elsewhere_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_strict", True)
    with pytest.raises(PersonalInLog, match="phone"):
        refuse_personal(None, "info", {"phone": "+9647701234567"})
    monkeypatch.setattr(logs, "_strict", False)
    assert refuse_personal(None, "info", {"phone": "+9647701234567", "count": 1}) == {"phone": "left out", "count": 1}

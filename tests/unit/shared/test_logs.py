"""Logs: what may be personal does not get through."""

from uuid import uuid4

import pytest

from shared import logs
from shared.logs import PersonalInLog, is_plain, refuse_personal


@pytest.mark.parametrize(
    "value", [3, 0.5, True, None, uuid4(), "gateway.send", "/webhooks/twilio/sms", "/{lang}/status", str(uuid4())]
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

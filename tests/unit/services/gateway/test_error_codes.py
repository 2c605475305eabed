import pytest

from services.gateway.carrier.error_codes import meaning_of
from services.gateway.carrier.port import NotNow, Refused, Unknown


@pytest.mark.parametrize("code", [21211, 21408, 21610, 21612, 21614, 21657, 21617])
def test_a_final_error_ends_the_text(code: int) -> None:
    assert meaning_of(400, code) == Refused(code)


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (429, None), (400, 21611)])
def test_a_carrier_that_is_busy_surely_has_nothing(status: int, code: int | None) -> None:
    outcome = meaning_of(status, code)
    assert isinstance(outcome, NotNow)
    assert outcome.reason == "busy"


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20006), (404, 20404), (400, 21606)])
def test_a_wrong_account_is_no_fault_of_the_text(status: int, code: int) -> None:
    outcome = meaning_of(status, code)
    assert isinstance(outcome, NotNow)
    assert outcome.reason == "account"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_after_a_server_s_error_nobody_knows(status: int) -> None:
    assert isinstance(meaning_of(status, 20500), Unknown)
    assert isinstance(meaning_of(status, None), Unknown)

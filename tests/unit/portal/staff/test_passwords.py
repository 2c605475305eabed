from datetime import UTC, datetime, timedelta

import pytest
from pyotp.totp import TOTP

from portal.staff.entrance.passwords import step_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_step_before_and_after_are_right(steps: int) -> None:
    code = TOTP(SECRET).at(AT + timedelta(seconds=30 * steps))
    assert step_of(SECRET, code, AT) == STEP + steps


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_steps_further_away_are_wrong(steps: int) -> None:
    assert step_of(SECRET, TOTP(SECRET).at(AT + timedelta(seconds=30 * steps)), AT) is None


@pytest.mark.parametrize("written", ["", "1", "abcdef", "1234567", "٠"])
def test_what_is_no_code_is_wrong(written: str) -> None:
    assert step_of(SECRET, written, AT) is None


def test_blanks_between_the_digits_do_not_matter() -> None:
    code = TOTP(SECRET).at(AT)
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", AT) == STEP

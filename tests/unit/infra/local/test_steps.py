import re

import pytest

from infra.local.steps import Steps


def shown(said: list[str]) -> str:
    return re.sub(r"\d+\.\d s", "0.0 s", "".join(said))


def test_a_step_is_a_line_with_how_long_it_took():
    said: list[str] = []

    with Steps(said.append).step("Keys"):
        assert said == ["  Keys … "]

    assert shown(said) == "  Keys … 0.0 s\n"


def test_what_happens_during_a_step_stands_below_it():
    said: list[str] = []
    steps = Steps(said.append)

    with steps.step("Every part ready"):
        steps.note("gateway ended")
    steps.note("portal ended")

    assert shown(said).splitlines() == [
        "  Every part ready … ",
        "    gateway ended",
        "  Every part ready … 0.0 s",
        "  portal ended",
    ]


def test_a_step_that_fails_ends_its_line():
    said: list[str] = []

    with pytest.raises(ValueError, match="why"), Steps(said.append).step("Keys"):
        raise ValueError("why")

    assert shown(said) == "  Keys … \n"

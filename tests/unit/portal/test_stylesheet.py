"""The stylesheet: colours that can be read by weak eyes on weak screens (WCAG 2.2 AA), by day and by night."""

import re

import pytest

from portal.pages import STYLE
from portal.rendering import STYLESHEET

SOURCE = STYLESHEET.read_text("utf-8")
DAY, NIGHT, _PAPER = (dict(re.findall(r"--([\w-]+):(#\w+)", block)) for block in re.findall(r":root\{(.*?)\}", STYLE))

TEXT, BOUNDARY = 4.5, 3.0
BACKGROUNDS = ("paper", "card", "tie-pale", "amber-pale", "red-pale")
PAIRS = [
    *(("ink", each, TEXT) for each in BACKGROUNDS),
    *(("tie", each, TEXT) for each in BACKGROUNDS),
    *(("soft", each, TEXT) for each in ("paper", "card", "tie-pale")),
    *(("red", each, TEXT) for each in ("paper", "red-pale")),
    ("line", "paper", BOUNDARY),
    ("soft", "card", BOUNDARY),
]


def luminance(colour: str) -> float:
    """The relative luminance of a colour, from 0 to 1 (WCAG 2.2)."""
    digits = "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_knows_its_ends():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colours", [DAY, DAY | NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_stand_out_from_what_is_behind_them(colours: dict[str, str], front: str, back: str, least: float):
    assert contrast(colours[front], colours[back]) >= least


def test_buttons_and_the_head_can_be_read_by_day_and_by_night():
    assert contrast("#fff", DAY["tie"]) >= TEXT
    assert contrast("#fff", DAY["tie-deep"]) >= TEXT
    assert contrast("#10211f", NIGHT["tie"]) >= TEXT
    assert contrast("#fff", NIGHT["tie-deep"]) >= TEXT


def test_directions_are_logical_so_that_right_to_left_comes_for_free():
    assert (
        re.findall(
            r"(?:margin|padding|border)-(?:left|right)|text-align: ?(?:left|right)|float: ?(?:left|right)", SOURCE
        )
        == []
    )


def test_nothing_is_fetched():
    assert "url(" not in SOURCE
    assert "@import" not in SOURCE


def test_it_is_small():
    assert len(STYLE.encode()) <= 7 * 1024

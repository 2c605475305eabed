"""The list of phones is searched as people write numbers, and stays a page long."""

from pathlib import Path

import pytest

from infra.simulator.carrier import Carrier
from infra.simulator.options import Options
from infra.simulator.page.listing import ROWS, list_phones


@pytest.fixture
def carrier(tmp_path: Path) -> Carrier:
    carrier = Carrier(
        Options(
            port=0,
            directory=tmp_path,
            account_sid="AC1",
            auth_token="t",
            number="+15005550006",
            service_sid="",
            base_url="http://127.0.0.1:9",
            demo=tmp_path / "demo.json",
        )
    )
    for n in range(2000):
        carrier.phones.used(f"+96478{n:08d}", float(n))
    return carrier


def test_the_latest_active_come_first_a_page_at_a_time(carrier: Carrier) -> None:
    carrier.phones.used("+9647800000007", 5000)
    first = list_phones(carrier, "", 1)
    assert (len(first.rows), first.total, first.pages) == (ROWS, 2000, 80)
    assert [row.number for row in first.rows][:3] == ["+9647800000007", "+9647800001999", "+9647800001998"]
    assert len({row.number for n in range(1, 81) for row in list_phones(carrier, "", n).rows}) == 2000


@pytest.mark.parametrize("query", ["0780 000 1234", "+9647800001234", "00964 7800001234", "٠٧٨٠٠٠٠١٢٣٤", "1234"])
def test_a_number_is_found_however_it_is_written(carrier: Carrier, query: str) -> None:
    assert [row.number for row in list_phones(carrier, query, 1).rows] == ["+9647800001234"]


@pytest.mark.parametrize("page", [-3, 0, 1, 81, 10**9])
def test_a_page_that_is_not_there_shows_the_nearest(carrier: Carrier, page: int) -> None:
    assert list_phones(carrier, "", page).rows


def test_a_number_nobody_has_finds_nothing(carrier: Carrier) -> None:
    found = list_phones(carrier, "99999999", 1)
    assert (found.rows, found.total, found.pages) == ([], 0, 1)

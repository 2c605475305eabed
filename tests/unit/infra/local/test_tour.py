import json
from pathlib import Path

from infra.local.environment import Doors
from infra.local.plan import Plan
from infra.local.tour import grouped, read_demo, tour

DEMO = {
    "twilio": {"number": "+15005550006"},
    "cases": [
        {"reference": "111122223333", "phone": "+9647700000001", "pin": None},
        {"reference": "123456789012", "phone": "+9647700000002", "pin": "4711"},
    ],
    "staff": [
        {"email": "desk@example.org", "password": "a", "role": "call_desk"},
        {"email": "tell@example.org", "password": "b", "role": "outreach"},
    ],
    "api_keys": [{"institution": "police", "key": "k"}],
}


def a_plan() -> Plan:
    return Plan(Path(".local"), Doors(8000, 8010, 9460), {}, postgres=None, node=None, simulator=None)


def test_a_reference_is_read_out_in_groups_of_four():
    assert grouped("1234-5678-9012") == "1234 5678 9012"


def test_the_tour_shows_a_case_that_opens_by_pin_and_its_phone():
    text = tour(DEMO, a_plan())

    assert "reference 1234 5678 9012, PIN 4711" in text
    assert "+9647700000002: text STATUS to +15005550006" in text


def test_the_tour_shows_an_outreach_account():
    assert "tell@example.org  b  (outreach); 1 more" in tour(DEMO, a_plan())


def test_without_demo_data_the_addresses_are_still_shown():
    text = tour({}, a_plan())

    assert "http://127.0.0.1:8000/staff/" in text
    assert "reference" not in text


def test_demo_data_is_read_from_its_file(tmp_path: Path):
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))

    assert read_demo(tmp_path / "demo.json") == DEMO
    assert read_demo(tmp_path / "none.json") == {}

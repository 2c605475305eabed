import json
from pathlib import Path

import pytest

from tests.chaos.findings import Findings
from tests.chaos.texts import NOTICE, OTHER, _reconcile_one, read_journal

PHONE = "+9647900000001"


def reconciled(owed: int, received: int, *, expired: int = 0, refused: int = 0, unsettled: int = 0) -> Findings:
    found = Findings(asked=owed, expired=expired, refused=refused, unsettled=unsettled)
    found.double(_reconcile_one(found, (PHONE, NOTICE), owed, received, [expired, refused, unsettled], 0))
    return found


@pytest.mark.parametrize(
    "ended",
    [
        reconciled(1, 1),
        reconciled(3, 2, refused=1),
        reconciled(1, 0, expired=1),
        reconciled(1, 0, unsettled=1),
        reconciled(1, 1, unsettled=1),  # the carrier has what nobody could tell of
    ],
)
def test_a_text_that_left_once_or_whose_end_is_on_record_is_accounted_for(ended: Findings) -> None:
    assert ended.objections(1) == []


def test_a_text_that_left_no_trace_is_lost() -> None:
    found = reconciled(2, 1)
    assert (found.lost, found.handed_over_once) == (1, 1)
    assert found.objections(1)


def test_a_second_text_is_one_too_many() -> None:
    found = reconciled(1, 2)
    assert (found.duplicated, found.handed_over_once) == (1, 1)


def test_a_text_that_nobody_asked_for_is_one_too_many() -> None:
    assert reconciled(0, 1).duplicated == 1


def test_a_text_that_the_house_calls_expired_and_the_carrier_has_is_a_difference() -> None:
    assert reconciled(1, 1, expired=1).projection_differences == 1


def test_no_line_shows_a_number() -> None:
    assert PHONE not in "".join(reconciled(2, 0).notes + reconciled(1, 2).notes)


def test_the_journal_is_read_by_phone_by_kind_and_by_our_id(tmp_path: Path) -> None:
    sent = {"direction": "outbound-api", "to": PHONE, "created_at": 1_790_000_000.0}
    lines = [
        {"text": {**sent, "body": "Meeting: Token7", "callback": "http://door/webhooks/twilio/status?text=one"}},
        {"text": {**sent, "body": "Your visit", "callback": "http://door/webhooks/twilio/status?text=two"}},
        {"status": ["SM1", "delivered", 1.0, None]},
        {
            "text": {
                "direction": "inbound",
                "sid": "SM9",
                "sender": PHONE,
                "created_at": 1_790_000_001.0,
                "body": "STOP",
            }
        },
    ]
    (tmp_path / "carrier.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    journal = read_journal(tmp_path / "carrier.jsonl", "Token7")
    assert journal.received == {(PHONE, NOTICE): 1, (PHONE, OTHER): 1}
    assert journal.texts == {"one": 1, "two": 1}
    assert journal.inbound == {"SM9": PHONE}
    assert journal.days == {"2026-09-21"}

from tests.chaos.findings import SHOWN, Findings


def test_a_run_without_a_flaw_has_no_objections() -> None:
    assert Findings(asked=10, handed_over_once=7, expired=1, refused=1, unsettled=1).objections(1) == []


def test_a_text_that_nobody_accounts_for_is_objected_to() -> None:
    (objection,) = Findings(asked=10, handed_over_once=9).objections(1)
    assert "10 texts were asked for, 9 are accounted for" in objection


def test_more_unsettled_than_one_in_ten_thousand_is_objected_to() -> None:
    assert Findings(asked=10, handed_over_once=8, unsettled=2).objections(1)


def test_whatever_is_found_counts_and_only_some_of_it_is_shown() -> None:
    found = Findings()
    found.lose(f"text {n}" for n in range(SHOWN + 5))
    found.double(["one text twice"])
    found.differ(["one copy"])
    found.oversell(["one session"])
    found.park(["one message"])
    counted = (found.lost, found.duplicated, found.projection_differences, found.bookings_oversold, found.parked)
    assert counted == (SHOWN + 5, 1, 1, 1, 1)
    assert len(found.objections(1)) == 5
    assert sum("lost" in note for note in found.notes) == SHOWN + 1

import random
from collections import Counter

import pytest

from tests.chaos.faults import PARTS, Fault, make_plan
from tests.chaos.size import FULL, Size

LINES = [f"{part}-{server}" for part in PARTS for server in ("database", "broker")] + ["gateway-carrier"]


def plan(texts: int, seed: int = 1) -> list[Fault]:
    return make_plan(Size(texts), random.Random(seed), LINES)


def kills(faults: list[Fault]) -> Counter[str]:
    return Counter(fault.target for fault in faults if "kill" in fault.kind)


def test_the_same_seed_breaks_the_same_at_the_same_moments() -> None:
    assert plan(2000) == plan(2000)
    assert plan(2000) != plan(2000, seed=2)


def test_a_full_campaign_sees_what_the_goal_asks_for() -> None:
    killed = kills(plan(FULL))
    assert (killed["broker"], killed["database"], killed["carrier"]) == (5, 5, 3)
    assert sum(killed[part] for part in PARTS) == 20
    assert max(fault.lasts_s for fault in plan(FULL) if fault.kind == "pause") > 20


@pytest.mark.parametrize("texts", [100, 2000, 20_000, FULL])
def test_every_kind_strikes_and_every_part_dies_whatever_the_size(texts: int) -> None:
    faults = plan(texts)
    assert {f.kind for f in faults} == {"kill", "cut off and kill", "pause", "cut", "freeze", "silence", "gag"}
    assert {*PARTS, "broker", "database", "carrier"} <= kills(faults).keys()


@pytest.mark.parametrize("texts", [100, 2000, FULL])
def test_all_of_it_happens_while_the_campaign_runs(texts: int) -> None:
    moments = [fault.at_s for fault in plan(texts)]
    assert moments == sorted(moments)
    assert moments[-1] < Size(texts).campaign_s

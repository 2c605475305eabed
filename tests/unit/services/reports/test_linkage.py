"""Linkage: the same person across scripts and institutions, and who is not."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.blocking import blocking_keys, hashed, search_keys
from services.reports.dates import Span
from services.reports.linkage import PROPOSE_FROM, Comparison, Record, compare


def born(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31), "year")


ALI = Record(
    names=("علي حسين محمد الجبوري",),
    mother="زينب كاظم",
    sex="male",
    born=born(1985),
    event="SINJAR",
    event_date=Span(date(2014, 8, 1), date(2014, 8, 31), "month"),
    governorate="IQ-NI",
    place="سنجار",
)
ALI_BY_POLICE = Record(
    names=("Ali Hussain Mohammed",),
    mother="Zaynab Kadhim",
    sex="male",
    born=born(1984),
    event="DAESH_2014_17",
    governorate="IQ-NI",
    place="Sinjar",
)


def weight(comparison: Comparison, name: str) -> float:
    return next(evidence.weight for evidence in comparison.explanation if evidence.field == name)


def test_the_same_person_in_another_script_is_proposed() -> None:
    assert compare(ALI, ALI_BY_POLICE).score >= 0.95


def test_a_brother_is_not_proposed() -> None:
    brother = replace(ALI, names=("حسن حسين محمد الجبوري",), born=born(1987))
    assert compare(ALI, brother).score < 0.05


def test_another_mother_speaks_against_three_equal_names() -> None:
    other = replace(ALI, mother="فاطمة جاسم")
    assert compare(ALI, other).score < compare(ALI, replace(ALI, mother=None)).score
    assert weight(compare(ALI, other), "mother") < -3


def test_a_whole_name_alone_is_not_enough_to_propose() -> None:
    bare = Record(names=("علي حسين محمد",))
    assert compare(bare, bare).score < PROPOSE_FROM


def test_name_and_birth_year_of_a_common_name_do_not_reach_what_a_mother_adds() -> None:
    known = Record(names=("علي حسين محمد",), born=born(1985))
    assert compare(known, known).score < compare(ALI, ALI).score


def test_rare_names_tell_more_than_common_ones() -> None:
    common = Record(names=("علي حسين محمد",))
    rare = Record(names=("شنكالي دخيل بشار",))
    assert weight(compare(rare, rare), "name") > weight(compare(common, common), "name")


def test_a_woman_is_not_a_man() -> None:
    assert weight(compare(ALI, replace(ALI, sex="female")), "sex") < -3


@pytest.mark.parametrize(("years", "least", "most"), [(0, 2, 6), (1, 1, 2), (3, 0, 1), (5, -2, 0), (20, -9, -4)])
def test_birth_years_apart_weigh_less_and_then_against(years: int, least: float, most: float) -> None:
    found = weight(compare(ALI, replace(ALI, born=born(1985 + years))), "born")
    assert least <= found <= most


def test_an_equal_identity_number_outweighs_a_misspelt_name() -> None:
    one = Record(names=("علي حسين محمد",), identity_indexes=frozenset({"ab12"}))
    other = Record(names=("علاء حسين محمد",), identity_indexes=frozenset({"ab12"}))
    assert compare(one, other).score > compare(one, replace(other, identity_indexes=frozenset())).score


def test_the_best_of_all_written_names_counts() -> None:
    both = replace(ALI_BY_POLICE, names=("Abu Hussein", "Ali Hussain Mohammed"))
    assert compare(ALI, both).score == pytest.approx(compare(ALI, ALI_BY_POLICE).score)


def test_the_explanation_names_every_field_that_both_know() -> None:
    fields = [evidence.field for evidence in compare(ALI, ALI_BY_POLICE).explanation]
    assert fields == ["name", "mother", "sex", "born", "event", "governorate", "place"]


def test_candidates_across_scripts_share_keys() -> None:
    assert set(search_keys(ALI_BY_POLICE)) & set(blocking_keys(ALI))
    assert set(search_keys(ALI)) & set(blocking_keys(ALI_BY_POLICE))


def test_a_record_without_a_year_is_found_by_one_with_a_year_and_the_other_way_round() -> None:
    without = Record(names=("Ali Hussain",))
    assert set(search_keys(without)) & set(blocking_keys(ALI))
    assert set(search_keys(ALI)) & set(blocking_keys(without))


def test_keys_stay_few() -> None:
    many = replace(ALI, names=tuple(f"Cagv{i} Gcav Vgca" for i in range(20)))
    assert len(blocking_keys(many)) <= 60


def test_hashed_keys_fit_a_bigint() -> None:
    assert all(-(2**63) <= key < 2**63 for key in hashed(blocking_keys(ALI)))


names = st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=3).map(tuple)


@given(names, names)
def test_comparing_is_a_likelihood_and_symmetric(a: tuple[str, ...], b: tuple[str, ...]) -> None:
    there, back = compare(Record(names=a), Record(names=b)), compare(Record(names=b), Record(names=a))
    assert 0.0 <= there.score <= 1.0
    assert there.score == pytest.approx(back.score)


@given(names)
def test_every_name_has_keys_or_none_and_finds_itself(a: tuple[str, ...]) -> None:
    record = Record(names=a)
    assert not blocking_keys(record) or set(search_keys(record)) & set(blocking_keys(record))

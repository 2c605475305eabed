"""Name similarity: spellings of one name score high, brothers and near-sounding names low."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.name_similarity import score, word_similarity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي حسين محمد الجبوري", "Ali Husain Mohammed al-Jabouri"),
        ("علي حسين محمد الجبوري", "علي حسين محمد"),
        ("علي حسين محمد الجبوري", "علي حسين الجبوري"),
        ("شمو خلف حجي", "Şemo Xelef Hecî"),
        ("ڕێبوار محەمەد حسێن", "ريبوار محمد حسين"),
        ("ڕێبوار محەمەد حسێن", "Rebwar Mohammed Hussein"),
        ("Abd al-Rahman Khalid Omar", "Abdulrahman Khaled Umar"),
        ("عبد الكريم نور الدين", "Abdulkareem Nooruddin"),
        ("Haitham Qusay Dhiyab", "Haytham Kusai Thiab"),
    ],
)
def test_spellings_of_one_name_score_high(one: str, other: str) -> None:
    assert score(one, other) >= 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي حسين محمد", "Hassan Hussein Mohammed"),
        ("علي حسين محمد", "علي حسن محمد"),
        ("علي حسين محمد", "Ali Hussein Mahmoud"),
        ("سعد كاظم جواد", "Saeed Kadhim Jawad"),
        ("سالم خلف مراد", "سليم خلف مراد"),
        ("ماجد علي حسن", "مجيد علي حسن"),
        ("صالح مهدي عباس", "صلاح مهدي عباس"),
        ("جاسم محمد علي", "قاسم محمد علي"),
        ("ابو حسين", "حسين"),
        ("Karim Jalil Omar", "Karima Jalil Omar"),
    ],
)
def test_brothers_cousins_and_near_sounding_names_score_low(one: str, other: str) -> None:
    assert score(one, other) < 0.5


def test_a_name_in_the_wrong_order_scores_below_the_same_in_order() -> None:
    in_order = score("علي كاظم محمد", "Ali Kadhim Mohammed")
    flipped = score("علي كاظم محمد", "Kadhim Ali Mohammed")
    assert 0.1 < flipped < in_order


def test_an_empty_name_is_like_nothing() -> None:
    assert score("", "علي") == 0.0


def test_a_word_is_itself() -> None:
    assert word_similarity("زينب", "زينب") > 0.95


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_score_is_a_likelihood_and_does_not_care_who_comes_first(a: str, b: str) -> None:
    there, back = score(a, b), score(b, a)
    assert 0.0 <= there <= 1.0
    assert there == pytest.approx(back)

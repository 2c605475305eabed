"""Names: what must be equal, what must be close, what must never be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.names import bind, keys_of, normalise, split_name
from services.reports.spelling import clean, fold, loosen, skeletons

ANY_TEXT = st.text(max_size=60)
ARABIC_TEXT = st.text("ابةتثجحخدذرزسشصضطظعغفقكلمنهويىءأإآؤئپچژگڤکیەۆێڕڵهـَُِّْ \u200c\u200d0٣۴", max_size=40)


@pytest.mark.parametrize(
    "spellings",
    [
        ("عبد الرحمن", "عبدالرحمن", "عبد  الرّحمٰن"),
        ("أحمد", "احمد", "احـمـد"),
        ("فاطمة", "فاطمه"),
        ("مصطفى", "مصطفي", "مصطفی"),
        ("إبراهيم", "ابراهيم"),
        ("كريم", "کریم"),
        ("آزاد", "ازاد"),
        ("علاء", "علا"),
        ("لؤي", "لوي"),
        ("٠٧٧٠", "0770", "۰۷۷۰"),
        ("نور الدين", "نورالدين"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("ه\u200cوا", "ەوا"),
    ],
)
def test_typed_variants_of_a_name_are_equal(spellings: tuple[str, ...]) -> None:
    assert len({normalise(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("حسن", "حسين"),
        ("علي", "علاء"),
        ("عامر", "أمير"),
        ("سعد", "سعيد"),
        ("سالم", "سليم"),
        ("صالح", "صلاح"),
        ("حامد", "حميد"),
        ("ماجد", "مجيد"),
        ("كامل", "كمال"),
        ("جاسم", "قاسم"),
        ("بكر", "باقر"),
    ],
)
def test_different_names_stay_apart_on_the_two_levels_that_judge(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
    assert loosen(clean(one)) != loosen(clean(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("محمد", "محەمەد"),
        ("حسين", "حسێن"),
        ("ئازاد", "آزاد"),
        ("عەلی", "علي"),
        ("رضا", "ڕەزا"),
        ("خضر", "خدر"),
        ("ريبوار", "ڕێبوار"),
        ("Abd al-Rahman", "Abdulrahman"),
        ("Abd al-Rahman", "Evdirehman"),
        ("Khalaf", "Xelef"),
        ("Shammo", "Şemo"),
        ("Haji", "Hecî"),
        ("خلف", "Xelef"),
        ("عبد الرحمن", "Evdirehman"),
        ("صلاح الدين", "Selahedîn"),
        ("زينب", "Zaynab"),
    ],
)
def test_spellings_across_dialects_and_scripts_share_a_skeleton(one: str, other: str) -> None:
    first, second = bind(one)[0].text, bind(other)[0].text
    assert set(skeletons(first)) & set(skeletons(second))


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("علي حسين محمد الجبوري", ("علي", "حسين", "محمد", "", "جبوري")),
        ("علي حسين الجبوري", ("علي", "حسين", "", "", "جبوري")),
        ("علي حسين محمد", ("علي", "حسين", "محمد", "", "")),
        ("عبد الرحمن نور الدين محمد", ("عبدالرحمن", "نورالدين", "محمد", "", "")),
        ("Abd al-Karim Salah al-Din Ali al-Dulaimi", ("abdalkarim", "salahaldin", "ali", "", "dulaimi")),
        ("الحاج علي بن حسين", ("علي", "حسين", "", "", "")),
        ("الشهيد أحمد كاظم جواد", ("أحمد", "كاظم", "جواد", "", "")),
        ("مسعود مصطفى بارزاني", ("مسعود", "مصطفى", "", "", "بارزاني")),
        ("الياس خضر حجي", ("الياس", "خضر", "حجي", "", "")),
        ("علي مهدي هادي", ("علي", "مهدي", "هادي", "", "")),
        ("حسن فهد البو نمر", ("حسن", "فهد", "", "", "البونمر")),
    ],
)
def test_a_written_name_falls_into_its_parts(written: str, parts: tuple[str, ...]) -> None:
    found = split_name(written)
    assert (found.given, found.father, found.grandfather, found.great_grandfather, found.laqab) == parts


@pytest.mark.parametrize("written", ["ابو حسين", "أم علي", "Abu Hussein", "Umm Ali"])
def test_a_kunya_is_never_a_given_name(written: str) -> None:
    found = split_name(written)
    assert found.given == ""
    assert found.kunya


def test_a_kunya_before_the_name_leaves_the_father_in_his_place() -> None:
    found = split_name("ابو حسين علي كاظم جواد")
    assert found.lineage == ("علي", "كاظم", "جواد")


def test_umm_kulthum_is_a_name() -> None:
    assert split_name("أم كلثوم علي").given == "كلثوم"


def test_a_tribe_may_be_left_out() -> None:
    whole, short = keys_of("علي حسين محمد الجبوري"), keys_of("علي حسين محمد")
    assert whole.normalised.startswith(short.normalised)


@given(ANY_TEXT | ARABIC_TEXT)
def test_no_writing_breaks_the_reading_of_names(text: str) -> None:
    written = {word.text for word in bind(text)}
    assert {*split_name(text).lineage} <= written
    assert {*keys_of(text).normalised.split()} <= {*normalise(text).split()}


@given(ARABIC_TEXT | st.text("abcdefghijklmnopqrstuvwxyzşçêîû'- ", max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(ARABIC_TEXT)
def test_folding_a_word_twice_changes_nothing(text: str) -> None:
    for word in clean(text).split():
        assert fold(fold(word)) == fold(word)

"""Kurmanji from Latin into Arabic letters, against texts as the field writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kurmanji import in_arabic_letters


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("Daxwaza we hat tomarkirin.", "داخوازا وە هات تۆمارکرن."),
        ("Vê hejmarê biparêzin: %(ref)s", "ڤێ هەژمارێ بپارێزن: %(ref)s"),
        ("Ji bo 10 xulekan. Nedin kesî.", "ژ بۆ 10 خولەکان. نەدن کەسی."),
        ("Belaş û ji bo her kesî. Pirs?", "بەلاش و ژ بۆ هەر کەسی. پرس؟"),
        ("Belaş e.", "بەلاشە."),
        ("Êdî peyam ji me ji we re nayên.", "ئێدی پەیام ژ مە ژ وە ڕە نایێن."),
        ("Îraqê, Bexdayê", "عیراقێ، بەغدایێ"),
        ("Peyam (SMS)", "پەیام (SMS)"),
    ],
)
def test_the_usual_table_of_letters(latin: str, arabic: str):
    assert in_arabic_letters(latin) == arabic


@given(st.text(alphabet="abcçdeêfghiîjklmnopqrsştuûvwxyzABÇÊŞ .,?'"))
def test_no_latin_letter_is_left_over(text: str):
    assert not any("a" <= char <= "z" or char in "çêîşû" for char in in_arabic_letters(text).lower())

"""Kurmanji from Latin into Arabic letters, as read in Duhok and Sinjar: a first draft for a native reviewer.

The two spellings write the same sounds, but the Arabic one leaves out the short i and writes w, y and the vowels
u, î alike. The letters follow the usual table; the result is a draft because words have habits of their own.
"""

import re
import unicodedata

_LETTERS = {
    "a": "ا", "b": "ب", "c": "ج", "ç": "چ", "d": "د", "e": "ە", "ê": "ێ", "f": "ف", "g": "گ", "h": "ه", "i": "",
    "î": "ی", "j": "ژ", "k": "ک", "l": "ل", "m": "م", "n": "ن", "o": "ۆ", "p": "پ", "q": "ق", "r": "ر", "s": "س",
    "ş": "ش", "t": "ت", "u": "و", "û": "وو", "v": "ڤ", "w": "و", "x": "خ", "y": "ی", "z": "ز", "'": "",
}  # fmt: skip
_VOWELS = frozenset("aeêiîouû")
_PUNCTUATION = str.maketrans({",": "،", ";": "؛", "?": "؟"})

# Words, and beginnings of words, that keep their own spelling.
_STEMS = {"îraq": "عیراق", "bexda": "بەغدا", "elî": "عەلی", "sila": "سیلا", "enfal": "ئەنفال", "kurd": "کورد"}

_WORD = re.compile(r"[a-zçêîşû]+(?:'[a-zçêîşû]+)?", re.I)
# “is” and “are” are written onto the word before them.
_COPULA = re.compile(r"(?<=[bcçdfghjklmnpqrsştvwxz»]) (e|in)\b", re.I)
# Placeholders, addresses and Latin abbreviations stay as they are.
_KEPT = re.compile(r"(%\(\w+\)s|https?://\S+|\bCSV\b|\bSMS\b|\bICMP\b|\bHEIC\b)")


def in_arabic_letters(text: str) -> str:
    """The same Kurmanji text in Arabic letters."""
    parts = _KEPT.split(unicodedata.normalize("NFC", text))
    return "".join(part if index % 2 else _converted(part) for index, part in enumerate(parts))


def _converted(text: str) -> str:
    joined = _COPULA.sub(lambda found: found[1], text)
    return _WORD.sub(lambda found: _word(found[0].lower()), joined).translate(_PUNCTUATION)


def _word(word: str) -> str:
    if word == "û":
        return "و"
    for stem, spelling in _STEMS.items():
        if word.startswith(stem):
            return spelling + _letters(word[len(stem) :], is_start=False)
    return _letters(word, is_start=True)


def _letters(word: str, *, is_start: bool) -> str:
    written: list[str] = []
    before = "" if is_start else "·"
    for letter in word:
        written.append(_letter(letter, before))
        before = letter
    return "".join(written)


def _letter(letter: str, before: str) -> str:
    if letter == "r" and not before:
        return "ڕ"
    # No syllable begins with a bare vowel: it stands on a hamza.
    stands_bare = letter in _VOWELS and (not before or before in _VOWELS)
    return ("ئ" if stands_bare else "") + _LETTERS[letter]

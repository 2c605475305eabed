"""How a word of a name is written: folding of Arabic, Sorani, Kurmanji and Latin spellings into keys.

Three levels, each coarser than the one before: `fold` (the same word, however typed), `loosen` (letters that
speakers and clerks exchange) and `skeletons` (consonants only, in one alphabet for all scripts; for finding
candidates, never for judging them). The raw writing is kept elsewhere: keys are to compare, not to show.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import Final

_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_DROPPED: Final = dict.fromkeys("ʿʾ‘’ʼʻ'`´\"ـ", "")
_QUOTES: Final = str.maketrans(dict.fromkeys("'`\"", ""))
_OLD_SORANI_E: Final = re.compile("ه\u200c")
_REPEATED: Final = re.compile(r"([^\W\d_])\1+")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_LATIN_KEPT: Final = str.maketrans(
    {
        "ā": "â",
        "ī": "î",
        "ū": "û",
        "ē": "ê",
        "ō": "ô",
        "š": "ş",
        "č": "ç",
        "ș": "ş",
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "æ": "ae",
    }
)

_FOLD: Final = str.maketrans(
    {
        letter: key
        for letters, key in {
            "أإآٱ": "ا",
            "ىیێئ": "ي",
            "ؤۆۇۋ": "و",
            "کڪ": "ك",
            "ةەھہۀۃ": "ه",
            "ڕ": "ر",
            "ڵ": "ل",
            "ء": "",
            **{"â": "a", "ê": "e", "î": "i", "ô": "o", "û": "u"},
        }.items()
        for letter in letters
    }
)
_ARABIC_LOOSE: Final = str.maketrans("پچژگڤڨڭضظذثقطصغ", "بجزكفككزززسكتسك")
_SORANI_INITIAL: Final = re.compile("^ئ(?=[اەوۆۇیيێ])")
_SORANI_E_INITIAL: Final = re.compile("^ە")
_LATIN_LOOSE_GROUPS: Final = (
    ("tch", "ç"), ("sch", "ş"), ("sh", "ş"), ("kh", "x"), ("gh", "q"), ("dh", "z"), ("th", "z"), ("dj", "j"),
    ("zh", "j"), ("ph", "f"), ("ck", "k"), ("ou", "u"), ("oo", "u"), ("ow", "u"), ("aw", "u"), ("au", "u"),
    ("ee", "i"), ("ie", "i"), ("ei", "i"), ("ai", "i"), ("ay", "i"), ("ey", "i"), ("iy", "i"),
)  # fmt: skip
_SOUND_GROUPS: Final = (
    ("sch", "ş"), ("tch", "ç"), ("sh", "ş"), ("kh", "x"), ("gh", "ğ"), ("dh", "ð"), ("th", "þ"), ("dj", "j"),
    ("zh", "ž"), ("ph", "f"), ("ck", "k"), ("ch", "č"), ("ou", "û"), ("oo", "û"), ("ee", "î"), ("aa", "â"),
)  # fmt: skip
_LATIN_LOOSE: Final = str.maketrans("owyeqgcp", "uuiikkkb")
_FINAL_VOWEL: Final = re.compile(r"(?<=\w\w)[aei](?:h|t)?$")

_SKELETON_GROUPS: Final = (
    ("sch", "ş"), ("tch", "ç"), ("sh", "ş"), ("kh", "x"), ("gh", "q"), ("dh", "d"), ("th", "d"), ("dj", "j"),
    ("zh", "j"), ("ph", "f"), ("ck", "k"),
)  # fmt: skip
_CONSONANTS: Final[dict[str, tuple[str, ...]]] = {
    **{
        letter: (sound,)
        for letter, sound in zip(
            "بپتطسصثشجچژحخهھہكکڪقگغدذزضظفڤمنرلڕڵ", "bbttsssxjjjhhhhhkkkkkkdddddffmnrlrl", strict=True
        )
    },
    **{letter: (letter,) for letter in "bjkhfmnrlts"},
    **{"p": ("b",), "d": ("d",), "z": ("d",), "ş": ("x",), "ç": ("j",), "q": ("k",), "x": ("h",)},
    # Letters that stand for several sounds, by the writer's country.
    **{"c": ("k", "j"), "g": ("k", "j"), "v": ("", "f")},
}  # fmt: skip
_ABD: Final = re.compile(
    r"^(?:abed|abd|ebd|evd)(?:(?:ou|[aeiou])l(?=\w{3})|(?:ou|[aeiou])(?=[^aeiou\W]\w)|(?=[^aeiou\W]))"
    r"|^عبدال(?=\w\w)|^عەبدو?ل?(?=\w\w)"
)
_DIN: Final = re.compile(r"(?<=\w{3})(?:al|el|ul|[aeiou])?(?:d+|t+)(?:ine|in|een|yn|eyn)$|(?<=\w{2})(?:ال|ە)?دد?[يی]ن$")
_FINAL_H: Final = re.compile(r"(?<=[aeiou])h$|ه$")
_MOST_SKELETONS: Final = 4


def is_arabic(text: str) -> bool:
    """Whether a text is written, at least in part, in the Arabic script."""
    return _ARABIC.search(text) is not None


def clean(text: str) -> str:
    """A text in plain letters: compatibility forms, marks and case gone, digits 0 to 9, single spaces.

    The Sorani vowel ە stays apart from the consonant ه (old texts wrote it as ه and a non-joiner).
    """
    return _NOT_WORD.sub(" ", text.casefold().translate(_QUOTES) if text.isascii() else _plain(text)).strip()


def _plain(text: str) -> str:
    kept = _OLD_SORANI_E.sub("ە", unicodedata.normalize("NFKC", text)).casefold().translate(_LATIN_KEPT)
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", kept))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if letter in _DROPPED:
        return ""
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category in ("Mn", "Cf", "Me"):
        return ""
    if letter in "şçâêîôû" or is_arabic(letter):
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if unicodedata.category(part) not in ("Mn", "Cf", "Me"))


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Level 1, for a cleaned word: one letter for each of its typed variants, repeated letters once."""
    return _REPEATED.sub(r"\1", word.translate(_FOLD))


@lru_cache(maxsize=65536)
def open_compound(word: str) -> str:
    """A cleaned word without the article inside عبد ال… and …ال دين: one for all its spellings."""
    opened = _ABD.sub("عبد" if is_arabic(word) else "abd", word)
    return _DIN.sub("دين" if is_arabic(word) else "din", opened)


@lru_cache(maxsize=65536)
def loosen(word: str) -> str:
    """Level 2, for a cleaned word: confused letters alike, Sorani short vowels and vowel habits gone."""
    word = open_compound(word)
    if is_arabic(word):
        started = _SORANI_E_INITIAL.sub("ا", _SORANI_INITIAL.sub("", word))
        return _REPEATED.sub(r"\1", fold(started.replace("ە", "")).translate(_ARABIC_LOOSE))
    spelled = _FINAL_VOWEL.sub("a", _regroup(fold(word), _LATIN_LOOSE_GROUPS).translate(_LATIN_LOOSE))
    return _REPEATED.sub(r"\1", spelled)


@lru_cache(maxsize=65536)
def skeletons(word: str) -> tuple[str, ...]:
    """Level 3, for a cleaned word: its consonants in one alphabet (btdsxjkhfmnrl), whatever its script.

    Several where letters are ambiguous (at most four); empty for a word without consonants.
    """
    word = open_compound(word)
    spelled = (
        _FINAL_H.sub("", word)
        if is_arabic(word)
        else _FINAL_H.sub("", _regroup(word.translate(_FOLD), _SKELETON_GROUPS))
    )
    readings = [_CONSONANTS[letter] for letter in spelled if letter in _CONSONANTS]
    found = dict.fromkeys(_REPEATED.sub(r"\1", "".join(letters)) for letters in _first(readings))
    return tuple(key for key in found if key)


def _first(readings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The first readings of a word; the ambiguous letters beyond the second keep their usual sound."""
    ambiguous = 0
    kept: list[tuple[str, ...]] = []
    for reading in readings:
        ambiguous += len(reading) > 1
        kept.append(reading if ambiguous <= 2 else reading[:1])
    return list(product(*kept))[:_MOST_SKELETONS]


def _regroup(word: str, groups: tuple[tuple[str, str], ...]) -> str:
    if word.startswith("abdj"):
        return "abd" + _regroup(word[3:], groups)
    for letters, key in groups:
        if letters in word:
            word = word.replace(letters, key)
    return word


@lru_cache(maxsize=65536)
def sounds(word: str) -> str:
    """A cleaned word as one symbol a sound, to compare letter by letter; Kurdish letters stay themselves."""
    opened = open_compound(word)
    if is_arabic(opened):
        return _REPEATED.sub(r"\1", _SORANI_INITIAL.sub("", opened).replace("ە", "ĕ").translate(_FOLD))
    return _REPEATED.sub(r"\1", _regroup(opened, _SOUND_GROUPS))

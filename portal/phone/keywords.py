"""The words that a text may begin with, in every language, and how they are made comparable.

English `CANCEL`, `END` and `QUIT` are opt-out words at the carrier: they mean STOP, and nothing else.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from shared.messages.model import Language


class Keyword(StrEnum):
    """What a text may ask for."""

    STATUS = "status"
    BOOK = "book"
    VISIT = "visit"
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    LANGUAGE = "language"
    CALL = "call"
    HELP = "help"


# The Arabic and Kurdish words are drafts that await native review (domain: §5.3, §8).
_WORDS: Final[dict[Keyword, str]] = {
    Keyword.STATUS: "status, state, news, حالة, الحالة, حالتي, وضع, دۆخ, ڕەوش, rewş, rews, dox, durum",
    Keyword.BOOK: "book, booking, appointment, حجز, احجز, احجزوا, موعد جديد, وادە بگرە, حیجز, تۆمارکردن, jivan bigire, "
    "rezerv, jivanek",
    Keyword.VISIT: "visit, my visit, موعد, موعدي, الموعد, زيارة, وادە, وادەکەم, سەردان, jivan, jivana min, serdan",
    Keyword.YES: "yes, y, ok, okay, نعم, اي, ايه, اجل, موافق, بەڵێ, بەلێ, ئا, ئەرێ, erê, ere, belê, bele, a",
    Keyword.NO: "no, n, لا, كلا, نەخێر, نا, na, nexêr, nexer",
    Keyword.STOP: "stop, stopall, unsubscribe, cancel, end, quit, revoke, optout, opt out, ايقاف, توقف, قف, اوقف, "
    "الغاء, ڕاگرتن, راگرتن, وەستان, وەستاندن, ڕایبگرە, rawestîne, rawestine, raweste, sekinîn, sekinin, bes, 0",
    Keyword.START: "start, unstop, resume, ابدأ, ابدا, استئناف, دەستپێکردن, دەستپێبکە, destpê, destpe, destpêke",
    Keyword.LANGUAGE: "lang, language, لغة, اللغة, زمان, ziman",
    Keyword.CALL: "call, call me, phone, اتصل, اتصال, اتصلوا, پەیوەندی, تەلەفۆن, telefon, têlefon, gazî",
    Keyword.HELP: "help, info, مساعدة, المساعدة, ؟, ?, یارمەتی, يارمەتی, alîkarî, alikari, هاریکاری, ئالیکاری",
}
LANGUAGE_NAMES: Final[dict[Language, str]] = {
    "ar": "ar, arabic, عربي, العربية, عربية",
    "ckb": "ckb, sorani, kurdish, ku, سۆرانی, کوردی, كردي, كوردي",
    "kmr-Arab": "kmr-arab, badini, bahdini, بادینی, بەهدینی, بهديني",
    "kmr": "kmr, kurmanji, kurmanci, kurmancî, kurdî, kurdi",
    "en": "en, english, انجليزي, انكليزي, ئینگلیزی, îngilîzî",
}
_FOLDED: Final = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىیێئ", "ي"),
        **dict.fromkeys("ۆۇؤ", "و"),
        **dict.fromkeys("ةەھہۀ", "ه"),
        **dict.fromkeys("کگ", "ك"),
        **{"ڕ": "ر", "ڵ": "ل", "ء": None, "ـ": None},
    }
)
_MARKS = re.compile(r"[\u064b-\u0655\u0670\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANK = re.compile(r"[^\w?]+|_+", re.UNICODE)
_JOINED = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
"""Between a word and the number that somebody wrote right behind it."""


def comparable(text: str) -> str:
    """A text as it is compared: one form for each letter, no marks, Western digits, single blanks."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)))
    plain = "".join(_plain(c) for c in plain if not unicodedata.combining(c))
    words = _BLANK.sub(" ", plain.casefold().translate(_FOLDED).replace("؟", "?")).strip()
    words = _JOINED.sub(" ", words)
    return " ".join(words.replace("?", " ").split()) or words[:1]  # a question mark alone asks for help


def _plain(char: str) -> str:
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


def _by_word(words: dict[Keyword, str]) -> dict[str, Keyword]:
    return {comparable(w): keyword for keyword, listed in words.items() for w in listed.split(", ")}


WORDS: Final = _by_word(_WORDS)
LANGUAGES: Final[dict[str, Language]] = {
    comparable(w): code for code, listed in LANGUAGE_NAMES.items() for w in listed.split(", ")
}
LONGEST_WORDS: Final = 2
# What people write around a keyword. None of it may be a keyword's, or turn a meaning round.
_COURTESY: Final = (
    "please, hello, hi, dear, sir, madam, good, morning, evening, i, we, want, need, would, like, to, "
    "the, a, an, my, our, what, is, of, for, can, could, you, me, give, send, tell, know, check, السلام, "
    "عليكم, سلام, مرحبا, هلو, صباح, مساء, الخير, من, فضلك, فضلكم, لو, سمحت, سمحتم, رجاء, رجاءا, ارجو, "
    "اريد, نريد, بدي, ممكن, اود, نود, ما, ماهي, هي, هو, شنو, شلون, اعرف, نعرف, معرفة, عن, على, اخي, اختي, "
    "يا, سڵاو, تکایە, دەمەوێت, دەمەوێ, دەمانەوێت, بزانم, بزانین, چییە, کاکە, بەڕێز, silav, merheba, "
    "rojbaş, ji, kerema, xwe, ez, em, dixwazim, dixwazin, zanim, bizanim, çi, ye, سلاڤ, ژ, کەرەما, خوە, "
    "ئەز, دخوازم"
)
_NUMBERS: Final = {
    1: "one, واحد, واحده, وحدة, یەک, يەک, yek, ئێک",
    2: "two, اثنان, اثنين, ثنين, دوو, du, دو",
    3: "three, ثلاثة, ثلاث, تلاتة, سێ, sê, se",
    4: "four, اربعة, اربع, چوار, çar, چار",
    5: "five, خمسة, خمس, پێنج, pênc, penc",
    6: "six, ستة, ست, شەش, şeş, ses",
}


LONG_WORD: Final = 8
NEVER_MISTYPED: Final = frozenset({comparable("الله"), comparable("والله")})
"""God's name is one letter from the word for language, and stands at the beginning of many a text."""
COURTESY: Final = frozenset(comparable(w) for w in _COURTESY.split(", ")) - WORDS.keys()
NUMBERS: Final = {comparable(w): number for number, listed in _NUMBERS.items() for w in listed.split(", ")}


def _differ_by(a: str, b: str, edits: int) -> bool:
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.distance(a, b, score_cutoff=edits) <= edits


def nearest_keyword(word: str) -> Keyword | None:
    """The keyword that a mistyped word can only mean: one edit away from words of one keyword alone, a long word two.

    Never a STOP or a YES: what somebody did not write must not stop or agree.
    """
    if len(word) < 4 or word in NEVER_MISTYPED:
        return None
    edits = 1 if len(word) < LONG_WORD else 2
    near = {k for w, k in WORDS.items() if len(w) >= 4 and _differ_by(w, word, edits)}
    return near.pop() if len(near) == 1 and not near & {Keyword.STOP, Keyword.YES, Keyword.START} else None

"""What no text to a family may say: deaths, remains, laboratories, perpetrators, and that somebody is missing.

The list follows the field's guidance on doing no harm; whole words are compared, without the Arabic article.
"""

import re

from shared.messages.model import Language, LocalText


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FORBIDDEN: dict[Language, frozenset[str]] = {
    "ar": _words(
        "شهيد شهداء مرحوم جثة جثث رفات قتيل ضحية ضحايا مغيب مغيّب مقبرة مقابر داعش حمض عينة وفاة متوفى مفقود مفقودين "
        "مفقودون تطابق هوية"
    ),
    "ckb": _words("شەهید کوژرا مردوو مردن تەرم ڕوفات گۆڕ داعش دی ئێن ئەی نموونە بێسەروشوێن قوربانی ئەنفال هاوتا"),
    "kmr-Arab": _words("شەهید کوشتی مری مرن جەنازە گۆڕ داعش نموونە ونداکری وندا قوربانی ئەنفال"),
    "kmr": _words("şehîd kuştî mirî mirin cenaze gor daiş dna nimûne winda qurbanî enfal"),
    "en": _words(
        "missing grave graves remains dna daesh isis dead death died body bodies martyr martyrs victim victims killed "
        "identified match sample perpetrator laboratory forensic"
    ),
}
ANYWHERE = frozenset[str]().union(*FORBIDDEN.values()) - _words("دی ئێن ئەی")
"""Whatever language a text is written under; the letters of DNA in Sorani are words of other languages."""


def forbidden_in(text: str, language: Language | None = None) -> set[str]:
    """The forbidden words in a text: those of a language, or of every language where none is named."""
    words = set(re.findall(r"\w+", text.lower()))
    stems = words | {word.removeprefix("ال") for word in words}
    return stems & (FORBIDDEN[language] if language else ANYWHERE)


def first_forbidden(text: LocalText) -> Language | None:
    """The first language in which a text says what it must not; none where it is fit."""
    return next((language for language, said in text.items() if forbidden_in(said)), None)

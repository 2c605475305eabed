"""Names of places and meetings, which staff write in some of the languages: the one that a reader understands best."""

from collections.abc import Mapping

_NEXT_BEST = {
    "ar": ("ckb", "en"),
    "ckb": ("ar", "kmr-Arab", "en"),
    "kmr-Arab": ("ckb", "kmr", "ar", "en"),
    "kmr": ("en", "kmr-Arab", "ckb", "ar"),
    "en": ("kmr", "ar"),
}


def in_language(text: Mapping[str, str], code: str) -> str:
    """A text in a language, or in the next best that there is; empty where there is none."""
    for each in (code, *_NEXT_BEST.get(code, ())):
        if text.get(each):
            return text[each]
    return next(iter(text.values()), "")

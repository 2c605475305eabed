"""How many parts a text is sent in: GSM-7 (160, or 153 each) where its alphabet suffices, else UCS-2 (70, or 67 each).

3GPP TS 23.038 §6.2.1 has the alphabet. Carriers charge, pace and queue by parts.
"""

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_ESCAPED = frozenset("\f^{}\\[~]|€")
"""Characters that take two places."""


def is_gsm_7(text: str) -> bool:
    """Whether the small alphabet suffices."""
    return GSM_7.issuperset(text) or (GSM_7 | GSM_7_ESCAPED).issuperset(text)


def units(text: str) -> int:
    """The length that counts: septets in GSM-7, UTF-16 code units in UCS-2."""
    if is_gsm_7(text):
        return len(text) + sum(c in GSM_7_ESCAPED for c in text)
    return len(text.encode("utf-16-le")) // 2


def segments(text: str) -> int:
    """The number of parts, at least one."""
    single, part = (160, 153) if is_gsm_7(text) else (70, 67)
    length = units(text)
    return 1 if length <= single else -(-length // part)

"""How many parts a text travels in (3GPP TS 23.038: the GSM 7-bit alphabet or UCS-2)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENDED


def is_gsm_7(body: str) -> bool:
    """Whether every letter is in the GSM 7-bit alphabet or its extension table."""
    return _GSM_7.issuperset(body)


def count_segments(body: str) -> int:
    """Parts of a text: 160 or 153 septets each, or 70 or 67 UTF-16 units. An empty text has one.

    A letter of two units (an escape sequence, a surrogate pair) is never cut by the end of a part.
    """
    gsm = is_gsm_7(body)
    units = [2 if char in _EXTENDED else 1 for char in body] if gsm else [_utf16_units(char) for char in body]
    whole, part = (160, 153) if gsm else (70, 67)
    return 1 if sum(units) <= whole else _fill(units, part)


def _utf16_units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _fill(units: list[int], part: int) -> int:
    parts, used = 1, 0
    for size in units:
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts

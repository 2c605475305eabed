"""Where a family looks from: the capital of its governorate, or of the one it chose (latitude, longitude; degrees)."""

from collections.abc import Mapping
from typing import Final

CAPITALS: Final[Mapping[str, tuple[float, float]]] = {
    "IQ-AN": (33.42, 43.31),
    "IQ-AR": (36.19, 44.01),
    "IQ-BA": (30.51, 47.78),
    "IQ-BB": (32.47, 44.42),
    "IQ-BG": (33.32, 44.37),
    "IQ-DA": (36.87, 42.95),
    "IQ-DI": (33.75, 44.65),
    "IQ-DQ": (31.04, 46.26),
    "IQ-HA": (35.18, 45.99),
    "IQ-KA": (32.62, 44.02),
    "IQ-KI": (35.47, 44.39),
    "IQ-MA": (31.84, 47.14),
    "IQ-MU": (31.32, 45.28),
    "IQ-NA": (32.0, 44.33),
    "IQ-NI": (36.34, 43.13),
    "IQ-QA": (31.99, 44.92),
    "IQ-SD": (34.61, 43.68),
    "IQ-SU": (35.56, 45.44),
    "IQ-WA": (32.51, 45.82),
}
ABROAD: Final = "abroad"
"""What is chosen in the place of a governorate by who lives in another country."""

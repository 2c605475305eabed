"""Which languages and screens a run looks at: two that differ in all, and by `make check-pages` every one."""

import os
from typing import Final

from portal.languages import LANGUAGES

ALL: Final = bool(os.environ.get("SILA_EVERY_PAGE"))
PHONE, DESK = 360, 1280
_FEW = [("ar", PHONE), ("en", DESK)]
SCREENS: Final = [(lang, width) for lang in LANGUAGES for width in (PHONE, DESK)] if ALL else _FEW
CHECKED: Final = list(LANGUAGES) if ALL else ["ar", "en"]
"""The languages whose every page is looked at."""

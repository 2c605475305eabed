"""The manifest of prompts: what is to be recorded in every language, under which name, and who has recorded it.

`portal/content/voice/manifest.json` is written from the catalogues; whoever records reads from it, and puts the file
beside it as `LANGUAGE/NAME.wav`.
"""

import json
from pathlib import Path
from typing import Any

from portal.languages import LANGUAGES
from portal.phone.voice.recordings import CONTENT
from portal.phone.voice.wording import texts_of

FILE = CONTENT / "manifest.json"


def manifest() -> dict[str, Any]:
    """Every prompt by name, with its words in every language."""
    by_language = {lang: texts_of(lang) for lang in LANGUAGES}
    names = list(by_language["en"])
    return {
        "format": "WAV, 8000 Hz, mono, 16 bit, as LANGUAGE/NAME.wav in this folder",
        "prompts": {name: {lang: texts[name] for lang, texts in by_language.items()} for name in names},
    }


def write_manifest(file: Path = FILE) -> Path:
    """Write it anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(manifest(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return file


def lacking(folder: Path = CONTENT) -> dict[str, list[str]]:
    """By language, what nobody has recorded yet."""
    return {
        lang: [name for name in texts_of(lang) if not (folder / lang / f"{name}.wav").exists()] for lang in LANGUAGES
    }

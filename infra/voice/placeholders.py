"""Placeholder recordings: espeak-ng speaks every prompt of the languages that it has, until people have recorded them.

It has no Sorani: there the carrier's own voice reads, as it does wherever a recording is absent. Badini is Kurmanji in
Arabic letters, so its placeholders are spoken from the Latin text.
"""

import array
import hashlib
import json
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

from portal.phone.voice.recordings import MADE
from portal.phone.voice.wording import CHOICE, texts_of

VOICES: Final[Mapping[str, tuple[str, str]]] = {
    "ar": ("ar", "ar"),
    "kmr-Arab": ("ku", "kmr"),
    "kmr": ("ku", "kmr"),
    "en": ("en-gb", "en"),
}
"""By language: espeak-ng's voice, and whose text it reads."""
BADINI_CHOICE = "Ji bo Badînî 3 bişkîne"
WORDS_A_MINUTE = "140"
TELEPHONE_HZ = 8000
AT_ONCE = 4


class NoSpeaker(Exception):
    """espeak-ng is not installed."""


def speaker() -> str:
    """The program's path. Raises NoSpeaker, with how to install it."""
    found = shutil.which("espeak-ng")
    if found is None:
        raise NoSpeaker(
            "espeak-ng is not installed (Debian: apt-get install espeak-ng; macOS: brew install espeak-ng)."
        )
    return found


def make_placeholders(folder: Path) -> int:
    """Make what is missing or whose words have changed. Returns how many were made. Raises NoSpeaker."""
    program, made = speaker(), _made_before(folder)
    wanted = {f"{lang}/{name}": (lang, text) for lang in VOICES for name, text in _texts(lang)}
    changed = {key: wanted[key] for key in wanted if made.get(key) != _digest(wanted[key][1])}
    for lang in VOICES:
        (folder / lang).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda key: _speak(program, folder / f"{key}.wav", *changed[key]), changed))
    if changed:
        # Written last and at once: whoever plays looks again when it changes.
        fresh = folder / "made.new"
        fresh.write_text(json.dumps({key: _digest(text) for key, (_, text) in wanted.items()}))
        fresh.replace(folder / MADE)
    return len(changed)


def _made_before(folder: Path) -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads((folder / MADE).read_text())
    except (OSError, ValueError):
        return {}
    return {key: digest for key, digest in made.items() if (folder / f"{key}.wav").exists()}


def _texts(lang: str) -> Iterator[tuple[str, str]]:
    for name, text in texts_of(VOICES[lang][1]).items():
        yield name, BADINI_CHOICE if lang == "kmr-Arab" and name == CHOICE else text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _speak(program: str, file: Path, lang: str, text: str) -> None:
    voice = VOICES[lang][0]
    spoken = file.with_suffix(".spoken")
    command = [program, "-v", voice, "-s", WORDS_A_MINUTE, "-w", str(spoken), "--", text]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own texts
    _for_telephones(spoken, file)
    spoken.unlink()


def _for_telephones(spoken: Path, file: Path) -> None:
    """8 kHz mono, 16 bit: each sample the mean of those that it stands for, which keeps what is too high out."""
    with wave.open(str(spoken)) as source:
        rate, frames = source.getframerate(), array.array("h", source.readframes(source.getnframes()))
    if sys.byteorder == "big":
        frames.byteswap()
    sums, step = [0, *accumulate(frames)], rate / TELEPHONE_HZ
    edges = [round(n * step) for n in range(int(len(frames) / step) + 1)]
    means = array.array("h", ((sums[b] - sums[a]) // (b - a) for a, b in pairwise(edges)))
    if sys.byteorder == "big":
        means.byteswap()
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(TELEPHONE_HZ)
        written.writeframes(means.tobytes())

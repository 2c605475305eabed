"""The manifest of prompts is current and whole, and what is made of it can be played."""

import json
import re
import shutil
import wave
from pathlib import Path

import pytest

from infra.voice import placeholders
from infra.voice.manifest import FILE, lacking, manifest
from portal.languages import LANGUAGES
from portal.phone.voice.recordings import CONTENT, Recordings
from portal.phone.voice.wording import PROMPTS, texts_of

needs_speaker = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def test_the_manifest_is_current() -> None:
    assert json.loads(FILE.read_text("utf-8")) == manifest(), "run: sila prompts manifest"


def test_every_prompt_has_words_in_every_language_and_a_name_for_a_file() -> None:
    for name, texts in manifest()["prompts"].items():
        assert re.fullmatch(r"[a-z0-9-]{1,60}", name)
        assert texts.keys() == LANGUAGES.keys()
        assert all(texts.values()), name


def test_every_recording_is_of_a_prompt_as_telephones_carry_it() -> None:
    for file in CONTENT.glob("*/*.wav"):
        assert file.stem in texts_of(file.parent.name)
        with wave.open(str(file)) as recording:
            assert (recording.getframerate(), recording.getnchannels()) == (8000, 1)


def test_what_nobody_has_recorded_is_counted() -> None:
    assert lacking().keys() == LANGUAGES.keys()


def a_recording(folder: Path, content: bytes = b"RIFF") -> None:
    (folder / "en").mkdir(parents=True, exist_ok=True)
    (folder / "en" / "welcome.wav").write_bytes(content)


def test_a_persons_recording_takes_the_placeholders_place(tmp_path: Path) -> None:
    a_recording(tmp_path / "made", b"placeholder")
    recordings = Recordings(tmp_path / "made", tmp_path / "own")
    placeholder = recordings.path("en", "welcome")
    a_recording(tmp_path / "own", b"a person")
    own = Recordings(tmp_path / "made", tmp_path / "own")
    assert placeholder != own.path("en", "welcome")
    assert own.file("en", "welcome") == tmp_path / "own" / "en" / "welcome.wav"
    assert own.path("en", "goodbye") is None


@needs_speaker
def test_a_placeholder_is_made_once_and_again_when_its_words_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"welcome": "Hello", "goodbye": "Good day"}
    monkeypatch.setattr(placeholders, "VOICES", {"en": ("en-gb", "en")})
    monkeypatch.setattr(placeholders, "texts_of", lambda lang: words)
    assert placeholders.make_placeholders(tmp_path) == 2
    assert placeholders.make_placeholders(tmp_path) == 0
    words["welcome"] = "Hello again"
    assert placeholders.make_placeholders(tmp_path) == 1
    with wave.open(str(tmp_path / "en" / "welcome.wav")) as made:
        assert (made.getframerate(), made.getnchannels(), made.getsampwidth()) == (8000, 1, 2)
        assert made.getnframes() > 2000


def test_without_the_speaker_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(placeholders.NoSpeaker, match="apt-get install espeak-ng"):
        placeholders.make_placeholders(tmp_path)


def test_the_voice_door_says_nothing_that_is_no_prompt() -> None:
    """Whatever the voice door's code names between quotes as a prompt is one."""
    folder = Path(__file__).parents[4] / "portal" / "phone" / "voice"
    named = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
    texts = texts_of("en")
    for file in ("menu.py", "visits.py", "messages.py", "entering.py", "persons.py"):
        found = set(named.findall((folder / file).read_text()))
        assert {name for name in found if name not in texts and name not in PROMPTS} == set(), file

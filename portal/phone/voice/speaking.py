"""Speaks to a caller: each part is played where it is recorded in the language, else read out by the carrier."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from twilio.twiml.voice_response import Gather, VoiceResponse

from portal.languages import LANGUAGES, local_time
from portal.phone.voice.recordings import Recordings
from portal.phone.voice.wording import texts_of

VOICES = {"ar": ("Polly.Zeina", "arb"), "en": ("Polly.Amy", "en-GB")}
"""The carrier's voices. It has none for Kurdish: the words are said by the voice that reads their script."""
GROUP = 4


@dataclass(frozen=True, slots=True)
class Digits:
    """A number to be said digit by digit, in groups with a pause between them."""

    digits: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number from 0 to 59."""

    value: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time on the clocks of a time zone."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words that nobody could record beforehand: the name of a place."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentence of a language in its own voice, whatever language the call is in."""

    lang: str


Part = str | Digits | Number | Moment | Words | Choice
"""What is said: a prompt by name, or something put together."""
_PAUSE = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One language's voice, for calls whose recordings are fetched from `base_url`."""

    recordings: Recordings
    base_url: str
    lang: str

    def say(self, verb: VoiceResponse | Gather, *parts: Part) -> None:
        """Say parts one after the other."""
        for part in parts:
            if isinstance(part, Words):
                self._read(verb, part.text, self.lang)
            elif isinstance(part, Choice):
                self._prompt(verb, "choose-language", part.lang)
            else:
                for prompt in _prompts_of(part):
                    self._prompt(verb, prompt, self.lang)

    def _prompt(self, verb: VoiceResponse | Gather, prompt: str, lang: str) -> None:
        path = self.recordings.path(lang, prompt) if prompt else None
        if prompt == _PAUSE:
            verb.pause(length=1)
        elif path:
            verb.play(self.base_url.rstrip("/") + path)
        else:
            self._read(verb, _texts(lang)[prompt], lang)

    def _read(self, verb: VoiceResponse | Gather, words: str, lang: str) -> None:
        voice, tag = VOICES.get(lang) or VOICES["ar" if LANGUAGES[lang].is_rtl else "en"]
        if words:
            verb.say(words, voice=voice, language=tag)


@lru_cache
def _texts(lang: str) -> dict[str, str]:
    return texts_of(lang)


def _prompts_of(part: str | Digits | Number | Moment) -> Iterator[str]:
    match part:
        case str():
            yield part
        case Number(value):
            yield f"number-{value}"
        case Digits(digits):
            for place, digit in enumerate(digits):
                if place and place % GROUP == 0:
                    yield _PAUSE
                yield f"number-{digit}"
        case Moment(at, zone):
            local = local_time(at, zone)
            yield f"weekday-{local.weekday()}"
            yield f"number-{local.day}"
            yield f"month-{local.month}"
            yield "time"
            yield f"number-{local.hour}"
            if local.minute:
                yield f"number-{local.minute}"

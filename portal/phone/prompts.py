"""What a caller hears, as message ids for the catalogues. Nothing here tells more than the status page."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from portal.family.words import STATUSES, msgid
from portal.languages import LANGUAGES

WELCOME = msgid("Welcome. This service is free of charge.")
ENTER_REFERENCE = msgid("Please enter your twelve digit reference, then press the hash key.")
ENTER_PIN = msgid("Please enter your six digit PIN.")
NOT_RIGHT = msgid("This reference and PIN do not fit together. Please try again.")
GOODBYE = msgid("Thank you for calling. Goodbye.")
STATUS_IS = msgid("The status of your report is:")
REPEAT = msgid("To hear this again, press star. To speak with a person, press zero.")
OFFICE = msgid("You can speak with a person at our office. The number is")

# The names of the languages are said in each of them, so that everybody finds their own. Digits in this order.
CHOICES: tuple[tuple[str, str], ...] = (
    ("ar", "للعربية اضغط 1"),
    ("ckb", "بۆ سۆرانی 2 دابگرە"),
    ("kmr-Arab", "بۆ بادینی 3 دابگرە"),
    ("kmr", "Ji bo Kurmancî 4 bişkîne"),
    ("en", "For English press 5"),
)
VOICES = {"ar": ("Polly.Zeina", "arb"), "en": ("Polly.Amy", "en-GB")}
"""The carrier's voices. It has none for Kurdish: the words are said by the voice that reads their script."""


def say(speaker: VoiceResponse | Gather, lang: str, text: str) -> None:
    """Say a message id in a language."""
    spoken = LANGUAGES[lang].translations.gettext(text)
    say_words(speaker, lang, spoken)


def say_words(speaker: VoiceResponse | Gather, lang: str, words: str) -> None:
    """Say words that are in the language already."""
    voice, tag = VOICES.get(lang) or VOICES["ar" if LANGUAGES[lang].is_rtl else "en"]
    speaker.say(words, voice=voice, language=tag)


def say_digits(speaker: VoiceResponse | Gather, lang: str, digits: str) -> None:
    """Say a number digit by digit."""
    say_words(speaker, lang, " ".join(digits))


def say_status(speaker: VoiceResponse | Gather, lang: str, status: str) -> None:
    """Say a status in the page's own words."""
    words = STATUSES[status]
    say(speaker, lang, STATUS_IS)
    say(speaker, lang, words.name)
    say(speaker, lang, words.meaning)

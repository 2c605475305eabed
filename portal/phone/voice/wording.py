"""Every prompt that a caller may hear, by the name of its recording, as message ids for the catalogues.

Nothing here tells more than the status page. Numbers, dates and times are put together from parts.
"""

from collections.abc import Mapping
from typing import Final

from portal.family.words import STATUSES, msgid
from portal.languages import LANGUAGES

# The names of the languages are said in each of them, so that everybody finds their own. Digits in this order.
CHOICES: Final[tuple[tuple[str, str], ...]] = (
    ("ar", "للعربية اضغط 1"),
    ("ckb", "بۆ سۆرانی 2 دابگرە"),
    ("kmr-Arab", "بۆ بادینی 3 دابگرە"),
    ("kmr", "Ji bo Kurmancî 4 bişkîne"),
    ("en", "For English press 5"),
)
CHOICE: Final = "choose-language"

MENUS: Final[Mapping[str, str]] = {
    "welcome": msgid("Welcome. This service is free of charge."),
    "enter-reference": msgid("Please enter your twelve digit reference, then press the hash key."),
    "enter-pin": msgid("Please enter your six digit PIN."),
    "not-right": msgid("This reference and PIN do not fit together. Please try again."),
    "pin-not-right": msgid("This PIN is not right. Please try again."),
    "not-understood": msgid("We did not understand that."),
    "menu": msgid(
        "To hear where your report stands, press 1. For your next visit, press 2. To book a visit, press 3. "
        "For public meetings, press 4. To stop calls and texts about this report, press 9. "
        "To speak with a person, press zero. To hear this again, press star."
    ),
    "back": msgid("To go back, press the hash key."),
    "repeat": msgid("To hear this again, press star. To speak with a person, press zero."),
    "connecting": msgid("We are connecting you. Please stay on the line."),
    "nobody-there": msgid("Nobody can take your call just now."),
    "will-be-called": msgid("We have written down that you would like to be called."),
    "office": msgid("You can speak with a person at our office. The number is"),
    "too-often": msgid("Too many calls came from this number. Please call again later."),
    "goodbye": msgid("Thank you for calling. Goodbye."),
    "status-is": msgid("The status of your report is:"),
}
VISITS: Final[Mapping[str, str]] = {
    "next-visit": msgid("Your next visit is on"),
    "no-visit": msgid("You have no visit booked."),
    "time": msgid("The time is"),
    "place": msgid("The place is"),
    "give-back": msgid("To give this visit back, press 7."),
    "sure-give-back": msgid("Do you want to give this visit back? If so, press 1."),
    "given-back": msgid("Your visit is given back. Thank you for telling us."),
    "next-place": msgid("The next free place is on"),
    "offer-keys": msgid("To book it, press 1. For another day, press 2."),
    "how-many": msgid("How many relatives will come? Press a key from 1 to 6."),
    "booked": msgid("Your visit is booked."),
    "no-longer-free": msgid("This day is no longer free."),
    "no-places": msgid("There is no free place at the moment. Please try again later."),
    "will-tell": msgid("We have your request. You will hear from us when it is done."),
    "no-meetings": msgid("No public meeting is planned at the moment."),
    "meeting": msgid("A public meeting is planned on"),
    "sure-stop": msgid(
        "You will get no more calls and texts from us about this report. The report stays open. "
        "If you want this, press 1."
    ),
    "stopped": msgid("You will get no more calls and texts from us about this report. The report stays open."),
}
MESSAGES: Final[Mapping[str, str]] = {
    "message-waits": msgid("There is a message for you. To hear it, press 1."),
    "code-waits": msgid("You asked for a code. To hear it, press 1."),
    "you-rang": msgid("You called us, and we are calling you back."),
    "code-is": msgid("Your code is"),
    "once-more": msgid("Once more:"),
    "registered": msgid("Your report is registered. Your reference is"),
    "confirm-phone": msgid(
        "This number was given to our service. If it was you, please call us to confirm it. "
        "If not, you need not do anything."
    ),
    "reminder": msgid("We remind you of your visit on"),
    "visit-booked": msgid("Your visit is booked. It is on"),
    "visit-cancelled": msgid("We are sorry. Your visit was cancelled. It was on"),
    "day-full": msgid("That day is full. The next free place is on"),
    "invited": msgid("You are invited to a public meeting on"),
    "meeting-changed": msgid("A public meeting was changed. It is now on"),
    "meeting-cancelled": msgid("A public meeting was cancelled. It was on"),
    "answer-keys": msgid("If you will come, press 1. If not, press 2."),
    "answer-kept": msgid("Thank you. We have your answer."),
    "answer-heard": msgid("Thank you for your answer. If something changes or is not clear, please call us."),
    "please-call": msgid("Please call us at a time that suits you."),
    "nothing-asked": msgid("Your report is open. Nothing is asked of you now."),
    "request-kept": msgid("We have your request."),
    "started-again": msgid("You will get messages from us again."),
    "language-kept": msgid("From now on we use this language."),
    "help": msgid("You can call us, or use our web page. Both are free of charge."),
}
HIGHEST_NUMBER: Final = 59


def _prompts() -> dict[str, str]:
    named = {**MENUS, **VISITS, **MESSAGES}
    for status, words in STATUSES.items():
        named[status_prompt(status)] = words.name
        named[meaning_prompt(status)] = words.meaning
    return named


def status_prompt(status: str) -> str:
    """The prompt of a status' name."""
    return f"status-{status.replace('_', '-')}"


def meaning_prompt(status: str) -> str:
    """The prompt that says what a status means."""
    return f"{status_prompt(status)}-meaning"


PROMPTS: Final[Mapping[str, str]] = _prompts()
"""Prompts that are sentences, by name, in English."""


def texts_of(lang: str) -> dict[str, str]:
    """Every prompt of a language by name, as it is to be said: sentences, numbers, days and months."""
    language = LANGUAGES[lang]
    said = {name: language.translations.gettext(text) for name, text in PROMPTS.items()}
    said |= {f"number-{n}": str(n) for n in range(HIGHEST_NUMBER + 1)}
    said |= {f"weekday-{n}": name for n, name in enumerate(language.weekdays)}
    said |= {f"month-{n}": name for n, name in enumerate(language.months, 1)}
    return said | {CHOICE: next(words for code, words in CHOICES if code == lang)}

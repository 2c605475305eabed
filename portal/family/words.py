"""What families read for the codes of the record: statuses, needs, events, relations, places, problems.

Texts are English message ids, translated when a language's environment is made. The wording is neutral on
purpose: no status tells more than that a family is expected, and none differs between routine and grave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def msgid(text: str) -> str:
    """Mark a text for the catalogues; the text itself."""
    return text


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status reads: its name, what it means, and what comes next."""

    name: str
    meaning: str
    next: str


STATUSES: Mapping[str, StatusWords] = {
    "received": StatusWords(
        msgid("Received"),
        msgid("We have your report."),
        msgid("Next, we read it with care. You do not have to do anything now."),
    ),
    "being_checked": StatusWords(
        msgid("Being checked"),
        msgid("We are reading your report and checking what other institutions already know."),
        msgid("Next, your report is entered in the central record. We will ask you if something is unclear."),
    ),
    "registered": StatusWords(
        msgid("Registered"),
        msgid("Your report is in the central record."),
        msgid("Next, we look at what would help the search most, and tell you here."),
    ),
    "more_information_needed": StatusWords(
        msgid("More information needed"),
        msgid("We would like to ask you something about your report."),
        msgid("Please see below what is still needed, or call us. What you do not know you can leave out."),
    ),
    "samples_needed": StatusWords(
        msgid("Relatives' samples needed"),
        msgid("Reference samples from close relatives would help the search."),
        msgid("Next, you can book a visit. Giving a sample takes a few minutes and is free of charge."),
    ),
    "samples_complete": StatusWords(
        msgid("Samples complete"),
        msgid("We have the samples that we need from your family for now."),
        msgid("Next, the search goes on with them. You do not have to do anything now."),
    ),
    "search_continues": StatusWords(
        msgid("The search continues"),
        msgid("The search goes on. It can take a long time, and we cannot promise a date."),
        msgid("We contact every family from time to time. You can call us whenever you wish."),
    ),
    "please_contact_us": StatusWords(
        msgid("Please contact us"),
        msgid("Please call us at a time that suits you."),
        msgid("Every family is asked to call from time to time, always in these same words."),
    ),
    "with_your_contact_person": StatusWords(
        msgid("With your contact person"),
        msgid("Your contact person is there for you and answers your questions."),
        msgid("Your contact person agrees with you on what comes next, at your pace."),
    ),
    "closed_at_family_request": StatusWords(
        msgid("Closed at your request"),
        msgid("You asked us to close this report."),
        msgid("You can have it opened again at any time. Please call us."),
    ),
}

NEEDS: Mapping[str, str] = {
    "phone": msgid("Confirm your phone number, so that we can reach you."),
    "samples": msgid("A reference sample from close relatives: father, mother, children, brothers or sisters."),
    "more_samples": msgid("A reference sample from one more close relative, if there is one."),
    "mother": msgid("The name of the missing person's mother."),
    "birth_year": msgid("The year of birth, even if only roughly."),
    "last_seen": msgid("When the missing person was last seen, even if only the year."),
    "place": msgid("Where the missing person was last seen."),
    "photo": msgid("A photo, if you have one. Bring it to your visit."),
    "document": msgid("A copy of a document, if you have one. Bring it to your visit."),
    "question": msgid("An answer to a question. Please call us."),
}

EVENTS: Mapping[str, str] = {
    "FAILY_1980": msgid("Deportation of Faili Kurds, from 1980"),
    "IRAN_IRAQ_WAR": msgid("Iran–Iraq war, 1980–1988"),
    "DUJAIL_1982": msgid("Dujail, 1982"),
    "BARZANI_1983": msgid("Barzani families, 1983"),
    "ANFAL_1988": msgid("Anfal, 1986–1989"),
    "HALABJA_1988": msgid("Halabja, 1988"),
    "KUWAIT_1990": msgid("War over Kuwait, 1990–1991"),
    "UPRISING_1991": msgid("Uprising of 1991"),
    "BAATH_PRISON": msgid("Arrest or prison, 1968–2003"),
    "WAR_2003": msgid("War of 2003 and the time after, 2003–2005"),
    "SECTARIAN_2006_08": msgid("Violence and kidnappings, 2006–2008"),
    "SPEICHER": msgid("Tikrit and Camp Speicher, June 2014"),
    "BADUSH": msgid("Badush prison, June 2014"),
    "SINJAR": msgid("Sinjar, from August 2014"),
    "KOCHO": msgid("Kocho, August 2014"),
    "TURKMEN_TALAFAR": msgid("Tal Afar, from June 2014"),
    "ALBU_NIMR": msgid("Hit and Albu Nimr, 2014"),
    "MOSUL_2016_17": msgid("Mosul, 2016–2017"),
    "ANBAR_2014_17": msgid("Anbar, Razaza and Saqlawiyah, 2014–2017"),
    "DAESH_2014_17": msgid("Events of 2014–2017 elsewhere"),
    "PROTEST_2019": msgid("Protests, 2019–2020"),
    "MIGRATION": msgid("On the way to another country"),
    "OTHER": msgid("Something else"),
    "UNKNOWN": msgid("I do not know"),
    "PREFER_NOT": msgid("I prefer not to say"),
}

RELATIONS: Mapping[str, str] = {
    "mother": msgid("Mother"),
    "father": msgid("Father"),
    "wife": msgid("Wife"),
    "husband": msgid("Husband"),
    "daughter": msgid("Daughter"),
    "son": msgid("Son"),
    "sister": msgid("Sister"),
    "brother": msgid("Brother"),
    "grandmother": msgid("Grandmother"),
    "grandfather": msgid("Grandfather"),
    "granddaughter": msgid("Granddaughter"),
    "grandson": msgid("Grandson"),
    "paternal_uncle": msgid("Father's brother"),
    "paternal_aunt": msgid("Father's sister"),
    "maternal_uncle": msgid("Mother's brother"),
    "maternal_aunt": msgid("Mother's sister"),
    "niece": msgid("Daughter of a brother or sister"),
    "nephew": msgid("Son of a brother or sister"),
    "cousin": msgid("Cousin"),
    "in_law": msgid("Relative by marriage"),
    "friend": msgid("Friend or neighbour"),
    "other": msgid("Other"),
}

RELATIVES: Mapping[str, str] = {
    **{code: text for code, text in RELATIONS.items() if code not in {"friend", "other", "in_law"}},
    "half_brother": msgid("Half-brother"),
    "half_sister": msgid("Half-sister"),
}
"""Relatives who are named in a report, or whose samples may help."""

CONCERNS: Mapping[str, str] = {
    "correction": msgid("Something in my report is not right"),
    "complaint": msgid("I want to complain"),
    "question": msgid("I have a question"),
}

BY_WHOM: Mapping[str, str] = {
    "either": msgid("A woman or a man"),
    "woman": msgid("A woman"),
    "man": msgid("A man"),
}

WHEN: Mapping[str, str] = {
    "any_time": msgid("Yes, at any time"),
    "not_yet": msgid("Not yet: nobody shall ask us until we change this here"),
}

FURTHER: Mapping[str, str] = {
    "not_asked": msgid("We have not decided"),
    "tell_at_first": msgid("Tell us each time, from the first"),
    "tell_when_complete": msgid("Tell us once, when nothing more is to be expected"),
    "do_not_tell_again": msgid("After the first time, do not tell us again"),
}

HANDED_OVER: Mapping[str, str] = {
    "undecided": msgid("We have not decided"),
    "receive": msgid("We want to receive it ourselves"),
    "authority": msgid("The authorities shall take care of it"),
}

SEXES: Mapping[str, str] = {
    "male": msgid("Man or boy"),
    "female": msgid("Woman or girl"),
    "unknown": msgid("I prefer not to say"),
}

APPOINTMENT = msgid("Appointment")
"""What a visit is called in a phone's calendar, which others may read."""

CHANNELS: Mapping[str, str] = {
    "sms": msgid("Text message (SMS)"),
    "call": msgid("Phone call"),
    "whatsapp": msgid("WhatsApp"),
}

DETAILS: Mapping[str, str] = {
    "neutral": msgid("Little: only that your report is with us, and when to come or to call"),
    "detailed": msgid("More: also where your report stands and what is needed"),
}

# ISO 3166-2; Halabja's code is provisional.
GOVERNORATES: Mapping[str, str] = {
    "IQ-AN": msgid("Anbar"),
    "IQ-BB": msgid("Babil"),
    "IQ-BG": msgid("Baghdad"),
    "IQ-BA": msgid("Basra"),
    "IQ-DQ": msgid("Dhi Qar"),
    "IQ-DI": msgid("Diyala"),
    "IQ-DA": msgid("Duhok"),
    "IQ-AR": msgid("Erbil"),
    "IQ-HA": msgid("Halabja"),
    "IQ-KA": msgid("Karbala"),
    "IQ-KI": msgid("Kirkuk"),
    "IQ-MA": msgid("Maysan"),
    "IQ-MU": msgid("Muthanna"),
    "IQ-NA": msgid("Najaf"),
    "IQ-NI": msgid("Nineveh"),
    "IQ-QA": msgid("Al-Qadisiyyah"),
    "IQ-SD": msgid("Salah al-Din"),
    "IQ-SU": msgid("Sulaymaniyah"),
    "IQ-WA": msgid("Wasit"),
}

FIGURES: Mapping[str, str] = {
    "reports": msgid("Reports in the central record"),
    "families_with_samples": msgid("Reports whose relatives have given samples"),
    "samples": msgid("Samples given by relatives"),
    "visits": msgid("Visits to give samples"),
    "meetings": msgid("Meetings for families held"),
}

PROBLEMS: Mapping[str, str] = {
    "required": msgid("Please fill this in."),
    "name_required": msgid("Please write at least the given name."),
    "too_long": msgid("This is too long. Please shorten it."),
    "invalid": msgid("We do not understand this. Please check it."),
    "choose": msgid("Please choose one."),
    "reference": msgid("A reference has 12 digits. Please check it: one digit may be wrong or missing."),
    "code": msgid("This code does not fit, or its time is over. Please check it, or ask for a new one."),
    "pin": msgid("This PIN does not fit. Please check it."),
    "again": msgid("The time for the code is over. Please write your reference number again."),
    "phone": msgid("This does not look like a phone number. Write it as you would dial it, such as 07700000000."),
    "same_phone": msgid("This is your own number. Please give that of somebody whom you trust."),
    "stale": msgid("Please press the button once more."),
    "phone_required": msgid("We need a phone number to text or call you."),
    "year": msgid("Please write a year with four digits, such as 1985."),
    "date": msgid("This date does not exist, or lies in the future."),
    "sure": msgid("Please tick the box, so that this does not happen by mistake."),
    "codes": msgid("These codes do not fit, or their time is over. Please check them, or begin again."),
    "draft": msgid("This number and code do not fit together, or their time is over."),
    "consent": msgid("Without this consent we cannot keep your report."),
    "places": msgid("Please choose how many relatives come, from 1 to 6."),
    "photo_required": msgid("Please choose a photo first."),
    "photo_again": msgid("Please choose the photo again and press the button once more."),
    "photo_too_large": msgid("This photo is too large. Please take a screenshot of it and send that."),
    "photo_heic": msgid("We cannot open photos of this kind (HEIC). Please take a screenshot of it and send that."),
    "photo_unreadable": msgid("We cannot open this as a photo. Please choose another one, or a screenshot of it."),
    "photos_full": msgid("We keep 6 photos. Please remove one before you add another."),
    "transfer": msgid("Without this consent we cannot take your sample abroad. You can give it in Iraq instead."),
}


def translated(words: Mapping[str, str], translate: Callable[[str], str]) -> dict[str, str]:
    """The same codes with their texts in the language of `translate`."""
    return {code: translate(text) for code, text in words.items()}


def translated_statuses(translate: Callable[[str], str]) -> dict[str, StatusWords]:
    """How every status reads in the language of `translate`."""
    return {
        code: StatusWords(translate(words.name), translate(words.meaning), translate(words.next))
        for code, words in STATUSES.items()
    }

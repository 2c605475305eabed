"""What texts mean, as families in five languages write them; and no input of any kind raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.phone.grammar import Wish, understand
from portal.phone.keywords import WORDS, Keyword, comparable
from shared.references import new_reference, show_reference

REFERENCE = "916991005150"
ARABIC = REFERENCE.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
PERSIAN = REFERENCE.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
K = Keyword

MEANINGS: list[tuple[str, Wish]] = [
    # asking for the status
    *((w, Wish(K.STATUS)) for w in ("STATUS", "status", " Status. ", "status?", "STATUS!!", "News", "statsu", "staus")),
    *((w, Wish(K.STATUS)) for w in ("حالة", "الحالة", "حاله", "حـالة", "حَالَة", "وضع", "دۆخ", "دوخ", "ڕەوش", "rewş", "rews", "REWŞ")),
    *(
        (w, Wish(K.STATUS, REFERENCE))
        for w in (
            f"STATUS {REFERENCE}", f"status {show_reference(REFERENCE)}", f"حالة {ARABIC}", f"حالة: {ARABIC[:4]} {ARABIC[4:8]} {ARABIC[8:]}",
            f"دۆخ {PERSIAN}", f"rewş {REFERENCE}", f"status-{REFERENCE}", f"status: {REFERENCE[:6]}-{REFERENCE[6:]}", REFERENCE, ARABIC,
            f"  {show_reference(REFERENCE)} ", f"‏{ARABIC}‏",
        )
    ),
    (f"STATUS {REFERENCE[:-1]}1", Wish(K.STATUS, has_wrong_reference=True)),
    ("STATUS 123", Wish(K.STATUS, has_wrong_reference=True)),
    ("123456789012", Wish(K.STATUS, has_wrong_reference=True)),
    # booking
    *((w, Wish(K.BOOK)) for w in ("BOOK", "book", "Booking", "حجز", "احجز", "احجزوا", "موعد جديد", "وادە بگرە", "jivanek")),
    *((w, Wish(K.BOOK, number=2)) for w in ("BOOK 2", "book 2 people", "حجز ٢", "احجز 2", "jivanek 2")),
    (f"BOOK {REFERENCE} 3", Wish(K.BOOK, REFERENCE, number=3)),
    *((w, Wish(K.VISIT)) for w in ("VISIT", "my visit", "موعدي", "موعد", "زيارة", "وادەکەم", "jivana min", "serdan")),
    # stopping and resuming: the carrier's words mean nothing else
    *(
        (w, Wish(K.STOP))
        for w in (
            "STOP", "stop", "Stop.", "STOPALL", "unsubscribe", "CANCEL", "cancel", "END", "QUIT", "revoke", "OPTOUT", "opt out", "ايقاف",
            "إيقاف", "توقف", "قف", "الغاء", "إلغاء", "ڕاگرتن", "راگرتن", "وەستان", "rawestîne", "raweste", "sekinîn", "bes", "0", "٠",
            "stop please", "STOP!!!",
        )
    ),
    (f"STOP {REFERENCE}", Wish(K.STOP, REFERENCE)),
    (f"ايقاف {ARABIC}", Wish(K.STOP, REFERENCE)),
    *((w, Wish(K.START)) for w in ("START", "unstop", "ابدأ", "ابدا", "دەستپێکردن", "destpê", "destpe")),
    # answers
    *((w, Wish(K.YES)) for w in ("YES", "yes", "y", "Ok", "نعم", "اي", "بەڵێ", "بەلێ", "erê", "ere", "belê", "نعم.")),
    *((w, Wish(K.NO)) for w in ("NO", "no", "لا", "كلا", "نەخێر", "na", "nexêr")),
    ("yes 3", Wish(K.YES, number=3)),
    *((w, Wish(number=n)) for w, n in (("1", 1), ("2", 2), ("٣", 3), ("۲", 2), (" 1. ", 1), ("12", 12))),
    # languages, a call, help
    *((w, Wish(K.LANGUAGE, language="ar")) for w in ("LANG ar", "lang arabic", "لغة عربي", "زمان العربية")),
    *((w, Wish(K.LANGUAGE, language="ckb")) for w in ("LANG ckb", "lang sorani", "زمان کوردی", "زمان سۆرانی")),
    ("LANG kmr", Wish(K.LANGUAGE, language="kmr")), ("ziman kurmancî", Wish(K.LANGUAGE, language="kmr")),
    ("LANG kmr-Arab", Wish(K.LANGUAGE, language="kmr-Arab")), ("LANG badini", Wish(K.LANGUAGE, language="kmr-Arab")),
    ("LANG en", Wish(K.LANGUAGE, language="en")), ("language English", Wish(K.LANGUAGE, language="en")),
    ("LANG", Wish(K.LANGUAGE)), ("LANG xx", Wish(K.LANGUAGE)),
    *((w, Wish(K.CALL)) for w in ("CALL", "call me", "اتصل", "اتصلوا", "پەیوەندی", "têlefon", "telefon")),
    *((w, Wish(K.HELP)) for w in ("HELP", "help", "info", "مساعدة", "؟", "?", "یارمەتی", "يارمەتی", "alîkarî", "alikari")),
    # talk, which gets a short help
    *((w, Wish()) for w in ("", " ", "hello", "👍", "السلام عليكم", "no way", "yes but when", "سۆپاس", "http://x", "…", "\x00", "ا")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wish"), MEANINGS, ids=[repr(t) for t, _ in MEANINGS])
def test_a_text_means_what_its_writer_wants(text: str, wish: Wish) -> None:
    assert understand(text) == wish


@given(st.text(max_size=2000))
def test_nothing_raises(text: str) -> None:
    wish = understand(text)
    assert wish.reference is None or len(wish.reference) == 12


@given(st.sampled_from(sorted(WORDS)), st.sampled_from(["", ".", "!", "؟", "‏", "  "]), st.booleans())
def test_case_and_punctuation_do_not_matter(word: str, after: str, upper: bool) -> None:
    written = (word.upper() if upper else word) + after
    assert understand(written).keyword is WORDS[word] or not word.isalpha()


@given(st.text(max_size=200))
def test_comparing_twice_changes_nothing(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@given(st.sampled_from(["status", "حالة", "دۆخ", "rewş"]), st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "0123456789"]))
def test_a_reference_is_found_in_any_digits(word: str, digits: str) -> None:
    reference = new_reference()
    written = show_reference(reference).translate(str.maketrans("0123456789", digits))
    assert understand(f"{word} {written}") == Wish(K.STATUS, reference)


def test_a_typing_error_never_stops_or_agrees() -> None:
    for word in ("stp", "stopp", "yess", "startt", "canceln", "ايقاق"):
        assert understand(word).keyword not in (K.STOP, K.YES, K.START)


def test_no_word_means_two_things() -> None:
    from portal.phone.keywords import _WORDS

    listed = [comparable(w) for words in _WORDS.values() for w in words.split(", ")]
    assert len(set(listed)) == len({(w, WORDS[w]) for w in listed})
    for keyword, words in _WORDS.items():
        for word in words.split(", "):
            assert WORDS[comparable(word)] is keyword, word

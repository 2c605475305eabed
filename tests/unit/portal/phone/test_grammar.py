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
    # as people write: greetings and politeness around, the word later, digits right behind it
    *(
        (w, Wish(K.STATUS))
        for w in (
            "Hello, status please", "hi status", "I want to know the status", "what is my status", "please send me the news", "can you tell me the status?",
            "Good morning. Status?", "السلام عليكم حالة", "السلام عليكم، اريد اعرف حالة الملف", "مرحبا ما هي حالة بلاغي", "من فضلك حالة", "لو سمحت حالتي",
            "اريد معرفة الحالة", "شنو الحالة", "هلو وضع البلاغ", "رجاء الحالة", "ممكن حالة", "سڵاو دۆخ", "تکایە دۆخ", 
            "سڵاو تکایە دۆخ", "silav rewş", "ji kerema xwe rewş", "Silav, ez dixwazim rewş bizanim", "merheba rewş", "rojbaş, rewş", "ez dixwazim bizanim rewş",
            "status of my brother", "status 👍", "🙏 status", "\u200fحالة", "حالة؟؟", "«حالة»", "(status)", "*status*", "status\n", "الحاله", 
        )
    ),
    *(
        (w, Wish(K.STATUS, REFERENCE))
        for w in (
            f"STATUS{REFERENCE}", f"my reference is {REFERENCE}", f"hello {REFERENCE}", f"رقمي {ARABIC}", f"السلام عليكم {ARABIC}", f"رقم المرجع: {ARABIC[:4]}-{ARABIC[4:8]}-{ARABIC[8:]}",
            f"ژمارەم {PERSIAN}", f"hejmara min {show_reference(REFERENCE)}", f"{REFERENCE}.", f"#{REFERENCE}", f"ref {REFERENCE} please", f"please status {REFERENCE}",
            f"what is the status of {show_reference(REFERENCE)}?", f"حالة{ARABIC}", f"الحالة رقم {ARABIC}", f"دۆخ{PERSIAN}", f"rewş{REFERENCE}", f"rewşa {REFERENCE}", f"{ARABIC} حالة",
            f"{REFERENCE} status", "９１６９９１００５１５０", "९१६९९१००५१५०", f"status\t{REFERENCE}", f"STATUS  {REFERENCE[:4]}\n{REFERENCE[4:8]}\n{REFERENCE[8:]}",
        )
    ),
    *(
        (w, Wish(K.BOOK))
        for w in (
            "I want to book", "please book", "I would like to book an appointment", "we want an appointment", "boking", "bookin", "appointmnt", "apointment",
            "اريد حجز", "اريد حجز موعد", "نريد حجز", "ممكن حجز", "السلام عليكم اريد احجز", "لو سمحت احجز لي", "حجز موعد", "دەمەوێت حیجز", "تکایە وادە بگرە", "silav jivan bigire",
            "ez dixwazim rezerv", "rezerv",
        )
    ),
    *((w, Wish(K.BOOK, number=n)) for w, n in (("book2", 2), ("book 3 persons", 3), ("حجز٣", 3), ("اريد حجز ٢", 2), ("حجز لـ 4 اشخاص", 4), ("وادە بگرە ٣", 3), ("rezerv 2 kes", 2))),
    *(
        (w, Wish(K.VISIT))
        for w in (
            "my visit?", "what is my visit", "Visit!", "موعدي؟", "ما هو موعدي", "اريد معرفة موعدي", "شنو موعدي", "الموعد", "سەردان", "وادەکەم؟", "تکایە وادەکەم",
            "jivana min", "silav, jivan", "serdan?",
        )
    ),
    *(
        (w, Wish(K.STOP))
        for w in (
            "please stop", "Please STOP", "i want to unsubscribe", "Stop!", "stop.", "STOP STOP STOP", "cancel my visit", "Cancel the appointment", "end", "End.", "quit", "QUIT NOW",
            "رجاء ايقاف", "من فضلك توقف", "ايقاف الرسائل", "الغاء الموعد", "إلغاء", "تکایە ڕاگرتن", "ji kerema xwe raweste", "bes e", "revoke", "opt-out", "opt out", "ڕایبگرە",
        )
    ),
    *((w, Wish(K.YES)) for w in ("Yes.", "YES!", "yes 👍", "نعم!", "موافق", "اجل", "ايه", "ئەرێ", "ئا", "Erê.", "belê!", "okay", "OK")),
    *((w, Wish(K.YES, number=n)) for w, n in (("yes2", 2), ("نعم ٣", 3), ("نعم 4", 4), ("بەڵێ ٢", 2), ("erê 5", 5))),
    *((w, Wish(K.NO)) for w in ("No.", "NO!", "لا!", "لا.", "كلا", "نا", "نەخێر!", "Na.", "nexêr!", "n")),
    *(
        (w, Wish(number=n))
        for w, n in (
            ("one", 1), ("Two", 2), ("THREE", 3), ("واحد", 1), ("اثنين", 2), ("ثلاثة", 3), ("اربعة", 4), ("خمسه", 5), ("یەک", 1), ("دوو", 2), ("سێ", 3), ("چوار", 4), ("پێنج", 5), ("شەش", 6),
            ("yek", 1), ("du", 2), ("sê", 3), ("çar", 4), ("(1)", 1), ("1)", 1), ("#2", 2), ("٢.", 2), ("۳", 3), ("３", 3), ("1️⃣", 1), ("2️⃣", 2), ("6", 6), ("\u200e2", 2), ("-1", 1),
        )
    ),
    *((w, Wish(K.LANGUAGE, language=c)) for w, c in (("please language arabic", "ar"), ("اريد لغة عربي", "ar"), ("LANG KU", "ckb"), ("lang: en", "en"), ("زمان بادینی", "kmr-Arab"), ("langauge english", "en"), ("ziman kurdî", "kmr"))),
    *((w, Wish(K.CALL)) for w in ("please call me", "can you call me", "Call!", "call me please", "اتصل بي", "اتصلوا بي رجاء", "لو سمحت اتصل", "تەلەفۆن", "تکایە پەیوەندی", "gazî", "ji kerema xwe telefon")),
    *((w, Wish(K.HELP)) for w in ("please help", "help me", "I want help", "Help!", "HLEP", "مساعدة رجاء", "اريد مساعدة", "المساعدة", "تکایە یارمەتی", "ئالیکاری", "ji kerema xwe alîkarî", "??", "؟؟؟")),
    # talk, which gets a short help
    *(
        (w, Wish())
        for w in (
            "thank you", "thanks", "شكرا", "شكرا جزيلا", "سوپاس", "spas", "good morning", "صباح الخير", "سڵاو", "silav", "who is this", "من انتم", "کێن", "hûn kî ne", "😀", "❤️", "🙏🙏", "...", "-", "1 2", "1,2",
            "no thank you" , "not now", "yes if you call", "لا توقف", "لا اريد", "don't stop", "do not cancel", "n0pe", "abc", "م", "ههههه", "ok ok ok", "in sha allah", "ان شاء الله", "الله كريم", "والله", "+", "@", "a b c d",
        )
    ),
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

"""Which passwords staff may choose: long, not the account's own address, and none that attackers try first.

Length and a list of common ones instead of rules about characters: NIST SP 800-63B §5.1.1.2.
"""

import re
import unicodedata

SHORTEST = 12
LONGEST = 200
FEWEST_CHARACTERS = 5
"""So many different characters a password has at least: `aaaaaaaaaaaa` and `121212121212` have fewer."""
COMMON_WORDS = frozenset({
    "admin", "administrator", "alhamdulillah", "allah", "asdf", "asdfgh", "asdfghjkl", "azerty",
    "baghdad", "barcelona", "basra", "bismillah", "changeme", "charlie", "computer", "default",
    "dragon", "erbil", "facebook", "flower", "football", "forever", "freedom", "google", "habibi",
    "hello", "hewler", "iloveyou", "internet", "iraq", "iraqi", "kurd", "kurdistan", "letmein",
    "liverpool", "login", "loveme", "master", "michael", "mohammed", "monkey", "mosul",
    "muhammad", "mylove", "naruto", "nineveh", "office", "pass", "passphrase", "passw", "passwd",
    "password", "passwort", "princess", "qwer", "qwert", "qwerty", "qwertyuiop", "qwertyuiopasdf",
    "realmadrid", "samsung", "secret", "shadow", "sila", "sinjar", "slemani", "starwars",
    "sulaymaniyah", "summer", "sunshine", "superman", "system", "temp", "temporary", "test",
    "tester", "trustno", "user", "welcome", "whatever", "winter", "zxcvbnm",
})  # fmt: skip
"""Words that the commonest passwords are made of: one of them with digits, signs or itself again is no password."""
SEQUENCES = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p")


def problem_with(password: str, email: str) -> str | None:
    """What is wrong with a password that was chosen for an account, in a sentence; None where nothing is."""
    if len(password) < SHORTEST:
        return f"Please use at least {SHORTEST} characters. Four or more words are easy to remember."
    if len(password) > LONGEST:
        return f"Please use at most {LONGEST} characters."
    plain = unicodedata.normalize("NFKC", password).casefold()
    local, _, domain = email.casefold().partition("@")
    own = [word for word in (local, domain.partition(".")[0]) if len(word) > 2]
    if email.casefold() in plain or any(_is_made_of(plain, word) for word in own):
        return "This is too much like your e-mail address."
    if len(set(plain)) < FEWEST_CHARACTERS or _is_common(plain):
        return (
            "This is one of the passwords that are tried first. Please use several words that do not belong together."
        )
    return None


def _is_common(plain: str) -> bool:
    if any(_is_run_of(plain, sequence) for sequence in SEQUENCES):
        return True
    return any(_is_made_of(plain, word) for word in COMMON_WORDS)


def _is_made_of(plain: str, word: str) -> bool:
    """Whether nothing but digits and signs is left of a password without a word, written as people disguise it."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    undisguised = core.translate(str.maketrans("@431!05$7", "aaeliosst"))
    return any(word in each and not re.search(r"[^\W\d_]", each.replace(word, "")) for each in (plain, undisguised))


def _is_run_of(plain: str, sequence: str) -> bool:
    """Whether a password goes along a row of keys or letters, forward or back, again and again."""
    rows = sequence * (len(plain) // len(sequence) + 2)
    return plain in rows or plain[::-1] in rows

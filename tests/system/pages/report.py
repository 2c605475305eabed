"""What a family answers when it reports, by the names of the fields, on however many pages they stand."""

from typing import Final

REPORT: Final = {
    "given": "سلام", "father": "جاسم", "grandfather": "حمود", "mother": "نورية", "sex": "male", "birth_year": "1985",
    "last_seen_year": "2014", "last_seen_month": "8", "governorate": "IQ-NI", "relation": "brother",
    "channel": "sms", "consent_keep": "yes", "consent_contact": "sms",
}  # fmt: skip

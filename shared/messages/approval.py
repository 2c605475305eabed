"""What a second person approves: the exact words in every language, and whom they go to, by a digest of both."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from shared.messages.model import Language

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hex."""
Words = Annotated[dict[Language, Annotated[str, Field(min_length=1, max_length=1000)]], Field(min_length=5)]
"""A text in every language."""


def digest_of(content: Mapping[str, Any]) -> Digest:
    """The digest of a content, whatever the order of its fields. Times must be given in ISO 8601."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of_words(template: str, time_zone: str, words: Mapping[Language, str]) -> Digest:
    """The digest of a template's words as families get them, filled in, in every language."""
    return digest_of({"template": template, "time_zone": time_zone, "words": dict(words)})


def show_digest(digest: str) -> str:
    """The beginning of a digest, as two people compare it: `3f2a 9c01 77be`."""
    return f"{digest[:4]} {digest[4:8]} {digest[8:12]}"

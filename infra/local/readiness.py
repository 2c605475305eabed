"""Asks the portal whether every part consumes."""

import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

READY = "ready"


def readiness(base_url: str) -> str:
    """`READY`, or who is not, in words."""
    try:
        with urlopen(f"{base_url}/readyz?parts=all", timeout=2) as answer:  # noqa: S310 (the portal's own address)
            return READY if answer.status == 200 else f"the portal answers {answer.status}"
    except HTTPError as refusal:
        return waiting_for(refusal.read(10_000))
    except (URLError, HTTPException, OSError):
        return "the portal does not answer"


def waiting_for(body: bytes) -> str:
    """Who is not ready, from the portal's own account."""
    try:
        parts: dict[str, bool] = json.loads(body)["parts"]
        return "waiting for " + ", ".join(part for part, is_ready in parts.items() if not is_ready)
    except (ValueError, KeyError, AttributeError):
        return "the portal is not ready"

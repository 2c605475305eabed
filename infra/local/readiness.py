"""Asks the portal whether every part consumes."""

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

READY = "ready"


def readiness(base_url: str) -> str:
    """`READY`, or what the portal says about who is not."""
    try:
        with urlopen(f"{base_url}/readyz?parts=all", timeout=2) as answer:  # noqa: S310 (the portal's own address)
            return READY if answer.status == 200 else answer.read(1000).decode()
    except HTTPError as refusal:
        return refusal.read(1000).decode(errors="replace")
    except (URLError, HTTPException, OSError) as error:
        return f"the portal does not answer ({error})"

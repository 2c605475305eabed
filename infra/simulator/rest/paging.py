"""Lists page by page, as Twilio's clients follow them: `next_page_uri` with a token, newest first."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from infra.simulator.rest.errors import CarrierError

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000


def page_size(query: dict[str, str]) -> int:
    """How many the client wants on a page. Raises CarrierError for nonsense."""
    written = query.get("PageSize", str(DEFAULT_SIZE))
    if not written.isascii() or not written.isdigit() or int(written) < 1:
        raise CarrierError(20001, "PageSize")
    return min(int(written), LARGEST_SIZE)


def token_sid(query: dict[str, str]) -> str | None:
    """The identifier that the last page ended with."""
    token = query.get("PageToken", "")
    return token.removeprefix("PA") or None


def page_of(path: str, query: dict[str, str], key: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A page of resources; `found` holds one more than the page if there are more."""
    size, number = page_size(query), int(query.get("Page", "0") or 0)
    shown = list(found[:size])
    filters = {name: value for name, value in query.items() if name not in {"Page", "PageToken", "PageSize"}}
    first = _uri(path, filters | {"PageSize": str(size), "Page": "0"})
    more = len(found) > size
    turned = {"PageSize": str(size), "Page": str(number + 1), "PageToken": f"PA{shown[-1]['sid']}"} if more else {}
    return {
        "first_page_uri": first,
        "end": max(0, number * size + len(shown) - 1),
        "previous_page_uri": None,
        key: shown,
        "uri": _uri(path, query),
        "page_size": size,
        "start": number * size,
        "next_page_uri": _uri(path, filters | turned) if more else None,
        "page": number,
    }


def _uri(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path

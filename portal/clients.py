"""Who a request comes from: the address of the connection or, behind trusted proxies, the one they report.

Whatever goes by a client's address (limits, above all) reads `scope["client"]` after this middleware.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.settings import IPNetwork

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED_FOR = b"x-forwarded-for"
MOST_HOPS = 32
HOP = re.compile(r"\[(?P<bracketed>[^\]]+)\](:\d+)?|(?P<v4>[^:]+)(:\d+)?|(?P<v6>.+)")
"""An address as proxies write it: IPv6 bare or in brackets, IPv4 and brackets with a port or without."""


class ClientAddresses:
    """Puts the address of the real client into the scope of each request."""

    def __init__(self, app: ASGIApp, trusted: Sequence[IPNetwork]) -> None:
        self._app, self._trusted = app, trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its client's address. A stranger's X-Forwarded-For counts for nothing."""
        peer = scope.get("client")
        if peer is not None and self._trusted and (address := parse_address(peer[0])) is not None:
            hops = forwarded_for(scope["headers"])
            scope["client"] = (str(client_behind(address, hops, self._trusted)), peer[1])
        await self._app(scope, receive, send)


def client_behind(peer: IPAddress, hops: Iterable[str], trusted: Sequence[IPNetwork]) -> IPAddress:
    """The first address, from the connection backwards, that is no trusted proxy.

    `hops` are the entries of X-Forwarded-For, the last one first: each was written by the address
    after it, so that it is worth as much as that one is trusted. A hop that is no address ends the
    walk at the proxy that passed it on.
    """
    nearest = peer
    for hop in hops:
        if not any(nearest in network for network in trusted):
            return nearest
        address = parse_address(hop)
        if address is None:
            return nearest
        nearest = address
    return nearest


def forwarded_for(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    """The entries of every X-Forwarded-For header, the last one first; a bounded number of them."""
    values = [value for name, value in headers if name == FORWARDED_FOR]
    for entry in reversed(b",".join(values).rsplit(b",", MOST_HOPS)[-MOST_HOPS:] if values else []):
        yield entry.decode("latin-1").strip()


def parse_address(written: str) -> IPAddress | None:
    """An address without its port; None where it is none. IPv4 within IPv6 (`::ffff:…`) is IPv4."""
    found = HOP.fullmatch(written)
    if found is None:
        return None
    bare = found["bracketed"] or found["v4"] or found["v6"]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

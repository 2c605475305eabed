"""Who a request comes from, behind proxies and in front of them."""

import asyncio
import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients import MOST_HOPS, ClientAddresses, client_behind, forwarded_for, parse_address

TRUSTED = tuple(ipaddress.ip_network(each) for each in ("10.0.0.0/8", "fd00::/8", "192.0.2.7/32"))
addresses = st.ip_addresses().map(str)


def client_of(peer: str | None, *headers: str, trusted: Any = TRUSTED) -> str | None:
    """Whom the application sees as the client of a request."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"])

    scope = {
        "type": "http",
        "client": (peer, 1234) if peer else None,
        "headers": [(b"x-forwarded-for", header.encode("latin-1")) for header in headers],
    }
    asyncio.run(ClientAddresses(app, trusted)(scope, None, None))  # pyright: ignore[reportArgumentType]
    return seen[0][0] if seen[0] else None


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9, 192.0.2.7", "10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("fd00::1", ["[2001:db8::7]"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("::ffff:203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1,"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("fe80::1%eth0", ["198.51.100.1"], "fe80::1"),
        (None, ["198.51.100.1"], None),
    ],
)
def test_the_client_is_the_last_hop_that_is_no_trusted_proxy(
    peer: str | None, headers: list[str], client: str | None
) -> None:
    assert client_of(peer, *headers) == client


@given(peer=addresses, header=st.text(st.characters(max_codepoint=255)))
def test_where_nobody_is_trusted_no_header_counts(peer: str, header: str) -> None:
    assert client_of(peer, header, trusted=()) == peer


@given(forged=st.text(st.characters(max_codepoint=255)), real=st.ip_addresses().filter(lambda a: not is_trusted(a)))
def test_whatever_a_client_writes_itself_the_proxys_word_counts(forged: str, real: Any) -> None:
    assert client_of("10.0.0.1", f"{forged}, {real}") == str(parse_address(str(real)))


def is_trusted(address: Any) -> bool:
    bare = parse_address(str(address))
    return bare is None or any(bare in network for network in TRUSTED)


@given(st.lists(st.text(st.characters(max_codepoint=255))))
def test_no_header_is_too_strange_or_too_long(headers: list[str]) -> None:
    hops = list(forwarded_for([(b"x-forwarded-for", h.encode("latin-1")) for h in headers]))
    assert len(hops) <= MOST_HOPS
    assert client_behind(ipaddress.ip_address("10.0.0.1"), hops, TRUSTED)

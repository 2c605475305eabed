"""The portal's cookies: how each is named, set, read and removed. Scripts cannot read them.

Over TLS a name begins with `__Host-`: a browser then takes the cookie from this host alone, over
TLS, for every path, so that neither a neighbouring subdomain nor a plain connection can plant one
(RFC 6265bis §4.1.3.2). Without TLS, as in a local run, browsers refuse that prefix.
"""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import settings_of

HOST_PREFIX = "__Host-"


def cookie_name(request: Request, name: str) -> str:
    """What a cookie of ours is called in the browser."""
    return f"{HOST_PREFIX}{name}" if settings_of(request).is_https else name


def cookie_of(request: Request, name: str) -> str:
    """The value that a browser brings; empty where it brings none."""
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    lives_s: int | None,
    *,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    """Give the browser a cookie. Without `lives_s` it ends with the browser's session."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=lives_s,
        path="/",
        secure=settings_of(request).is_https,
        httponly=True,
        samesite=same_site,
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie away. A browser ignores that for a `__Host-` cookie unless it is marked as such a one must be."""
    response.delete_cookie(
        cookie_name(request, name),
        path="/",
        secure=settings_of(request).is_https,
        httponly=True,
        samesite="strict",
    )

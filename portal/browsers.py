"""The browser that a form was shown to: a random token in a cookie, to which its forms and one-time codes are bound."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import settings_of
from portal.cookies import cookie_of, set_cookie
from shared.sealing import Purpose, keys

COOKIE = "sila_browser"
LIVES_S = 180 * 86_400
TOKEN_LENGTH = 43
DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser by its token. A new one has yet to be given its cookie."""

    token: str
    is_new: bool = False

    @property
    def digest(self) -> bytes:
        """What is kept of it in the database."""
        return hashlib.sha256(self.token.encode()).digest()

    @property
    def csrf_token(self) -> str:
        """What its forms carry: only pages that we sent to this browser know it.

        It is masked anew for each page: of what is the same in pages that are compressed, their lengths would tell
        something to whoever can have a word put into them (BREACH).
        """
        mask = secrets.token_bytes(DIGEST_BYTES)
        return (mask + _masked(self._form_digest, mask)).hex()

    @property
    def _form_digest(self) -> bytes:
        return hmac.digest(_form_key(), self.token.encode(), "sha256")

    def mark(self, about: str) -> str:
        """What only this browser can have been given about something."""
        return hmac.digest(_form_key(), f"{about}:{self.token}".encode(), "sha256").hex()

    def sent(self, form_token: str) -> bool:
        """Whether a form with this token was ours, shown to this browser."""
        try:
            given = bytes.fromhex(form_token)
        except ValueError:
            return False
        mask, masked = given[:DIGEST_BYTES], given[DIGEST_BYTES:]
        is_whole = len(masked) == DIGEST_BYTES
        return is_whole and not self.is_new and hmac.compare_digest(self._form_digest, _masked(masked, mask))


def _masked(digest: bytes, mask: bytes) -> bytes:
    return (int.from_bytes(digest) ^ int.from_bytes(mask)).to_bytes(DIGEST_BYTES)


@lru_cache
def _form_key() -> bytes:
    return bytes.fromhex(keys().blind_index(Purpose.SESSIONS, "forms"))


def browser_of(request: Request) -> Browser:
    """The browser that asks; a new token where it brings none."""
    token = cookie_of(request, COOKIE)
    if len(token) == TOKEN_LENGTH and token.isascii():
        return Browser(token)
    known: Browser | None = getattr(request.state, "new_browser", None)
    if known is None:
        known = request.state.new_browser = Browser(secrets.token_urlsafe(32), is_new=True)
    return known


def remember_browser(request: Request, response: Response) -> None:
    """Give a new browser its cookie."""
    browser = browser_of(request)
    if browser.is_new:
        set_cookie(request, response, COOKIE, browser.token, LIVES_S, same_site="lax")


def refuse_other_origins(request: Request) -> None:
    """Raise 403 where a browser says that another site sent this request.

    Our pages send no referrer, so that browsers name their origin as `null`: then Sec-Fetch-Site and the form's own
    token decide.
    """
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from not in {None, "same-origin", "none"}:
        raise HTTPException(403)
    origin = request.headers.get("origin")
    if origin in {None, "null"} or fetched_from == "same-origin":
        return
    ours = {request.headers.get("host"), urlsplit(settings_of(request).base_url).netloc}
    if urlsplit(origin or "").netloc not in ours:
        raise HTTPException(403)

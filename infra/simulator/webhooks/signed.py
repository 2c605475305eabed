"""Signed form posts, as Twilio makes them."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from infra.simulator.webhooks.line import Answer, Lines

Fields = dict[str, str]
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


class SignedWebhooks:
    """Calls webhooks over `lines`, each request signed with the account's token over its URL and fields."""

    def __init__(self, token: str, lines: Lines) -> None:
        self._signer = RequestValidator(token)
        self._lines = lines

    async def call(self, method: str, url: str, fields: Fields) -> Answer:
        """Call a webhook: the fields ride in the body of a POST, or in the query of a GET.

        Raises WebhookError when no answer comes.
        """
        if method.upper() == "GET":
            url, fields = _with_query(url, fields), {}
        body = urlencode(fields).encode() if fields else b""
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": self._signer.compute_signature(url, fields),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        return await self._lines.send(method.upper(), url, headers, body)


def _with_query(url: str, fields: Fields) -> str:
    target = urlsplit(url)
    query = "&".join(part for part in (target.query, urlencode(fields)) if part)
    return urlunsplit(target._replace(query=query, fragment=""))

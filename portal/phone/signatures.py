"""Whether a webhook's request comes from the carrier: its signature covers the public URL and every parameter."""

from prometheus_client import Counter
from starlette.datastructures import MultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from portal.forms import Form, read_form
from shared.settings import Settings

refused = Counter("sila_webhook_refusals_total", "Webhook requests with a wrong or missing signature.", ["webhook"])
LARGEST_BYTES = 64 * 1024


async def signed_form(request: Request) -> Form:
    """A webhook's parameters. Raises HTTPException 403 where the signature is not the carrier's."""
    form = await read_form(request, LARGEST_BYTES)
    settings: Settings = request.app.state.settings
    signature = request.headers.get("x-twilio-signature", "")
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    known = bool(settings.twilio_auth_token.get_secret_value()) and bool(signature)
    if not known or not validator.validate(_public_url(request, settings), MultiDict(form.fields), signature):
        refused.labels(request.url.path.rpartition("/")[2][:20]).inc()
        raise HTTPException(403)
    return form


def _public_url(request: Request, settings: Settings) -> str:
    """The URL that the carrier was given: a proxy changes scheme and host, so they come from the settings."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings.base_url.rstrip('/')}{request.url.path}{query}"

"""Whether a webhook's request comes from the carrier: its signature covers the public URL and every parameter."""

import hmac

from prometheus_client import Counter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from portal.at_hand import settings_of
from portal.forms import Form, read_form
from portal.phone.signed_parameters import Parameters, is_unambiguous
from shared.settings import Settings

refused = Counter("sila_webhook_refusals_total", "Webhook requests with a wrong or missing signature.", ["webhook"])
LARGEST_BYTES = 64 * 1024


class Fields(dict[str, list[str]]):
    """A form's fields as the carrier's validator reads them."""

    def __init__(self, form: Form) -> None:
        for name, value in form.fields:
            self.setdefault(name, []).append(value)

    def getall(self, name: str) -> list[str]:
        """Every value of a field."""
        return self[name]


async def signed_form(request: Request, acted_by: Parameters) -> Form:
    """A webhook's parameters, of which it acts by those of `acted_by`.

    Raises HTTPException 403 where the signature is not the carrier's, or would be the same for other parameters.
    """
    form = await read_form(request, LARGEST_BYTES)
    settings = settings_of(request)
    signature = request.headers.get("x-twilio-signature", "")
    url = _public_url(request, settings)
    if not (_is_the_carriers(signature, url, form, settings) and is_unambiguous(url, form, acted_by)):
        refused.labels(request.url.path.rpartition("/")[2][:20]).inc()
        raise HTTPException(403)
    return form


def _is_the_carriers(signature: str, url: str, form: Form, settings: Settings) -> bool:
    token = settings.twilio_auth_token.get_secret_value()
    if not token or not signature.isascii():
        return False
    validator, fields = RequestValidator(token), Fields(form)
    # `validate` computes it for the URL with and without a port; the one as it was given out is mostly the one.
    as_given = validator.compute_signature(url, fields)
    return hmac.compare_digest(as_given, signature) or validator.validate(url, fields, signature)


def _public_url(request: Request, settings: Settings) -> str:
    """The URL that the carrier was given: a proxy changes scheme and host, so they come from the settings."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings.base_url.rstrip('/')}{request.url.path}{query}"

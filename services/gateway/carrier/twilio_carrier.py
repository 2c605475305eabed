"""Twilio as the carrier, through its official client."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from services.gateway.carrier.error_codes import meaning_of
from services.gateway.carrier.port import (
    Accepted,
    CarriedText,
    CarrierSilent,
    NotNow,
    Outcome,
    TooLate,
    Unknown,
)
from services.gateway.carrier.transport import BegunTooLate, PooledTransport, begin_before
from shared.settings import Settings

NEVER_BEGUN = (NewConnectionError, ConnectTimeoutError, NameResolutionError, ProxyError)
PAGE_SIZE = 100
LONGEST_VALIDITY_S = 36_000


class TwilioCarrier:
    """Sends and lists texts. Which texts may go is not its affair."""

    def __init__(self, settings: Settings) -> None:
        transport = PooledTransport(
            timeout_s=settings.carrier_timeout_s,
            connections=settings.carrier_concurrency,
            base_url=settings.twilio_api_base_url,
        )
        token = settings.twilio_auth_token.get_secret_value()
        # Reached for here, once: the client imports a third of its API at the first use.
        self._messages = Client(settings.twilio_account_sid, token, http_client=transport).messages
        service = settings.twilio_messaging_service_sid
        self._from: dict[str, Any] = (
            {"messaging_service_sid": service} if service else {"from_": settings.twilio_number}
        )
        self.sender = service or settings.twilio_number

    def send(self, to: str, body: str, *, callback_url: str, valid_for_s: int, not_begun_after: float) -> Outcome:
        """Hand one text over; see `Carrier.send`."""
        begin_before(not_begun_after)
        try:
            message = self._messages.create(
                to=to,
                body=body,
                status_callback=callback_url,
                validity_period=max(1, min(valid_for_s, LONGEST_VALIDITY_S)),
                **self._from,
            )
        except BegunTooLate:
            return TooLate()
        except TwilioRestException as error:
            return meaning_of(error.status, error.code)
        except NEVER_BEGUN:
            return NotNow("unreachable")
        except ReadTimeoutError:
            return Unknown("no_answer")
        except (HTTPError, TwilioException, OSError, ValueError):
            return Unknown("line_cut")
        return Accepted(message.sid, str(message.status)) if message.sid else Unknown("no_id")

    def list_sent(self, to: str, since: datetime) -> Iterable[CarriedText]:
        """What it took for a number, newest first. Raises CarrierSilent.

        The list's own filter by date looks at when a text was sent on, which a queued one was not yet; so it is
        asked by number, and read until it comes to what is older.
        """
        begin_before(float("inf"))
        try:
            return list(self._since(to, since))
        except (HTTPError, TwilioException, OSError, ValueError) as error:
            raise CarrierSilent(type(error).__name__) from None

    def _since(self, to: str, since: datetime) -> Iterator[CarriedText]:
        for message in self._messages.stream(to=to, page_size=PAGE_SIZE):
            created_at = message.date_created or datetime.now(UTC)
            if created_at < since:
                return
            if str(message.direction) != "inbound" and message.sid:
                yield CarriedText(message.sid, message.body or "", str(message.status), message.error_code, created_at)

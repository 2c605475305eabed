"""Twilio as the carrier, through its official client."""

from collections.abc import Callable, Iterable, Iterator
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
    CarriedCall,
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
RINGS_FOR_S = 40
LONGEST_CALL_S = 900
SILENT = (HTTPError, TwilioException, OSError, ValueError)


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
        client = Client(settings.twilio_account_sid, token, http_client=transport)
        self._messages, self._calls = client.messages, client.calls
        self._number = settings.twilio_number
        service = settings.twilio_messaging_service_sid
        self._from: dict[str, Any] = (
            {"messaging_service_sid": service} if service else {"from_": settings.twilio_number}
        )
        self.sender = service or settings.twilio_number

    def send(self, to: str, body: str, *, callback_url: str, valid_for_s: int, not_begun_after: float) -> Outcome:
        """Hand one text over; see `Carrier.send`."""
        validity = max(1, min(valid_for_s, LONGEST_VALIDITY_S))
        return _outcome_of(
            lambda: self._messages.create(
                to=to, body=body, status_callback=callback_url, validity_period=validity, **self._from
            ),
            not_begun_after,
        )

    def call(self, to: str, *, words_url: str, callback_url: str, not_begun_after: float) -> Outcome:
        """Have a phone rung; see `Carrier.call`. The carrier listens whether a person or a machine picks up."""
        return _outcome_of(
            lambda: self._calls.create(
                to=to,
                from_=self._number,
                url=words_url,
                status_callback=callback_url,
                status_callback_event=["initiated", "completed"],
                machine_detection="Enable",
                timeout=RINGS_FOR_S,
                time_limit=LONGEST_CALL_S,
            ),
            not_begun_after,
        )

    def list_calls(self, to: str, since: datetime) -> Iterable[CarriedCall]:
        """The calls to a number since then, newest first. Raises CarrierSilent."""
        begin_before(float("inf"))
        try:
            return list(self._calls_since(to, since))
        except SILENT as error:
            raise CarrierSilent(type(error).__name__) from None

    def _calls_since(self, to: str, since: datetime) -> Iterator[CarriedCall]:
        for call in self._calls.stream(to=to, page_size=PAGE_SIZE):
            found = _carried(call)
            if found.created_at < since:
                return
            if str(call.direction).startswith("outbound") and found.carrier_id:
                yield found

    def find_call(self, carrier_id: str) -> CarriedCall | None:
        """How a call stands. Raises CarrierSilent."""
        begin_before(float("inf"))
        try:
            return _carried(self._calls(carrier_id).fetch())
        except TwilioRestException as error:
            if error.status == 404:
                return None
            raise CarrierSilent(type(error).__name__) from None
        except SILENT as error:
            raise CarrierSilent(type(error).__name__) from None

    def list_sent(self, to: str, since: datetime) -> Iterable[CarriedText]:
        """What it took for a number, newest first. Raises CarrierSilent.

        The list's own filter by date looks at when a text was sent on, which a queued one was not yet; so it is
        asked by number, and read until it comes to what is older.
        """
        begin_before(float("inf"))
        try:
            return list(self._since(to, since))
        except SILENT as error:
            raise CarrierSilent(type(error).__name__) from None

    def _since(self, to: str, since: datetime) -> Iterator[CarriedText]:
        for message in self._messages.stream(to=to, page_size=PAGE_SIZE):
            created_at = message.date_created or datetime.now(UTC)
            if created_at < since:
                return
            if str(message.direction) != "inbound" and message.sid:
                yield CarriedText(message.sid, message.body or "", str(message.status), message.error_code, created_at)


def _outcome_of(create: Callable[[], Any], not_begun_after: float) -> Outcome:
    """How a call of the carrier's API that makes something has ended."""
    begin_before(not_begun_after)
    try:
        made = create()
    except BegunTooLate:
        return TooLate()
    except TwilioRestException as error:
        return meaning_of(error.status, error.code)
    except NEVER_BEGUN:
        return NotNow("unreachable")
    except ReadTimeoutError:
        return Unknown("no_answer")
    except SILENT:
        return Unknown("line_cut")
    return Accepted(made.sid, _ours(made.status)) if made.sid else Unknown("no_id")


def _carried(call: Any) -> CarriedCall:
    answered_by = str(call.answered_by) if call.answered_by else None
    return CarriedCall(call.sid or "", _ours(call.status), answered_by, call.date_created or datetime.now(UTC))


def _ours(status: object) -> str:
    """A status as ours are written: `no-answer` is `no_answer`."""
    return str(status).replace("-", "_")

"""One phone call as the carrier keeps it, and as Twilio's API shows it (`Call` resource, 2010-04-01)."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from infra.simulator.numbers import country_of
from infra.simulator.texts.text import rfc2822

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
Entry = dict[str, Any]


@dataclass
class Call:
    """A call in either direction, with a transcript of what was said, played and pressed."""

    sid: str
    direction: str
    to: str
    sender: str
    status: str
    created_at: float
    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    callback: str = ""
    callback_events: tuple[str, ...] = ("completed",)
    detects_machines: bool = False
    answered_by: str = ""
    rings_for_s: float = 60
    started_at: float = 0
    ended_at: float = 0
    told: int = 0
    transcript: list[Entry] = field(default_factory=list[Entry])

    @property
    def is_inbound(self) -> bool:
        """Whether a phone called us."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The person's side."""
        return self.sender if self.is_inbound else self.to

    @property
    def is_over(self) -> bool:
        """Whether nobody is on the line any more."""
        return self.status in OVER

    @property
    def duration_s(self) -> int:
        """How long people could speak."""
        return round((self.ended_at or time.time()) - self.started_at) if self.started_at else 0

    def log(self, kind: str, **details: Any) -> None:
        """Write down what happened."""
        kept = {name: value for name, value in details.items() if value not in ("", None)}
        self.transcript.append({"at": now(), "event": kind, **kept})

    def line(self) -> dict[str, Any]:
        """Everything about it, for the journal."""
        return asdict(self)

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> "Call":
        """The call that a line of the journal tells of."""
        fields: dict[str, Any] = line | {"callback_events": tuple(line["callback_events"])}
        return cls(**fields)

    def fields(self, account: str) -> dict[str, str]:
        """What every voice webhook is told, with Twilio's names."""
        caller, called = country_of(self.sender), country_of(self.to)
        fields = {
            "CallSid": self.sid,
            "AccountSid": account,
            "From": self.sender,
            "To": self.to,
            "Caller": self.sender,
            "Called": self.to,
            "CallStatus": self.status,
            "ApiVersion": "2010-04-01",
            "Direction": self.direction,
            "FromCountry": caller,
            "CallerCountry": caller,
            "ToCountry": called,
            "CalledCountry": called,
        }
        return fields | ({"AnsweredBy": self.answered_by} if self.answered_by else {})


def call_to_wire(call: Call, account: str) -> dict[str, Any]:
    """The `Call` resource as JSON values."""
    uri = f"/2010-04-01/Accounts/{account}/Calls/{call.sid}"
    talked = call.status == "completed" and call.started_at > 0
    return {
        "sid": call.sid,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.ended_at or call.started_at or call.created_at),
        "parent_call_sid": None,
        "account_sid": account,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.sender,
        "from_formatted": call.sender,
        "phone_number_sid": None,
        "status": call.status,
        "start_time": rfc2822(call.started_at),
        "end_time": rfc2822(call.ended_at),
        "duration": str(call.duration_s) if talked else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "annotation": None,
        "uri": f"{uri}.json",
        "subresource_uris": {name: f"{uri}/{name.title()}.json" for name in ("notifications", "recordings")},
    }


def now() -> float:
    """Seconds since 1970, to the millisecond."""
    return round(time.time(), 3)

"""One text message as the carrier keeps it, and as Twilio's API shows it (`Message` resource, 2010-04-01)."""

import secrets
from dataclasses import asdict, dataclass
from email.utils import formatdate
from typing import Any

RANK = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "receiving": 3,
    "received": 4,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
}
FINAL = 4

ERRORS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30008: "Unknown error",
    30036: "Validity Period Expired",
}


def new_sid(prefix: str) -> str:
    """A fresh identifier: `SM`, `CA` … and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class Text:
    """A text in either direction. `number` counts all texts in the order of their acceptance."""

    number: int
    sid: str
    direction: str
    to: str
    sender: str
    body: str
    segments: int
    created_at: float
    status: str
    callback: str = ""
    service: str = ""
    validity_s: int = 36_000
    media: int = 0
    send_at: float = 0
    updated_at: float = 0
    sent_at: float = 0
    error: int | None = None
    redacted: bool = False
    deleted: bool = False
    answered: bool = False

    @property
    def is_inbound(self) -> bool:
        """Whether a phone sent it to us."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The person's side, without the channel's prefix (`whatsapp:`)."""
        return (self.sender if self.is_inbound else self.to).rpartition(":")[2]

    @property
    def is_final(self) -> bool:
        """Whether its status will not change any more."""
        return RANK[self.status] >= FINAL

    @property
    def was_shown(self) -> bool:
        """Whether it has reached the phone's screen (or left it)."""
        return self.is_inbound or self.status == "delivered" or (self.status == "sent" and self.sent_at > 0)

    def line(self) -> dict[str, Any]:
        """Everything about it, for the journal; `from_line` is the way back."""
        return {name: value for name, value in asdict(self).items() if value not in (0, "", None, False)}

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> "Text":
        """The text that a line of the journal tells of."""
        fields: dict[str, Any] = {"body": "", "sender": ""} | line
        return cls(**fields)


def to_wire(text: Text, account: str) -> dict[str, Any]:
    """The `Message` resource as JSON values, with every field that the real one has."""
    uri = f"/2010-04-01/Accounts/{account}/Messages/{text.sid}"
    return {
        "body": "" if text.redacted else text.body,
        "num_segments": str(text.segments if text.sender else 0),
        "direction": text.direction,
        "from": text.sender or None,
        "date_updated": rfc2822(text.updated_at or text.created_at),
        "price": None,
        "error_message": ERRORS.get(text.error) if text.error else None,
        "uri": f"{uri}.json",
        "account_sid": account,
        "num_media": str(text.media),
        "to": text.to,
        "date_created": rfc2822(text.created_at),
        "status": text.status,
        "sid": text.sid,
        "date_sent": rfc2822(text.sent_at),
        "messaging_service_sid": text.service or None,
        "error_code": text.error,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


def rfc2822(at: float) -> str | None:
    """`Thu, 24 Aug 2023 05:01:45 +0000`, to the second; None for a time that has not come."""
    return formatdate(at).replace("-0000", "+0000") if at else None

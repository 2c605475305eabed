"""What the simulator is started with."""

from dataclasses import dataclass
from pathlib import Path


class ProductionError(Exception):
    """The simulator was started where real families are served."""


@dataclass(frozen=True)
class Options:
    """Where the simulator listens, whose account it plays, and whom it calls back."""

    port: int
    directory: Path
    account_sid: str
    auth_token: str
    number: str
    service_sid: str
    base_url: str
    demo: Path
    seed: int = 1
    pace: float = 1.0
    callbacks: bool = True
    handles_opt_out: bool = False
    lines: int = 8
    missed_call_number: str = ""
    """A second number of the account, for calls that are to be turned away and rung back."""

    @property
    def text_webhook(self) -> str:
        """Where texts from phones are posted."""
        return f"{self.base_url}/webhooks/twilio/sms"

    @property
    def voice_webhook(self) -> str:
        """Where a call's first TwiML is fetched."""
        return f"{self.base_url}/webhooks/twilio/voice"


def refuse_production(environment: str) -> None:
    """Raise ProductionError where `SILA_ENVIRONMENT` says production."""
    if environment.strip().lower() == "production":
        raise ProductionError("The carrier simulator shows every text on an open page. It never runs in production.")

"""What a newcomer can try: the demo cases, and the demo staff with their one-time passwords of this moment."""

import time
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError
from pyotp.totp import TOTP

CODE_LASTS_S = 30


class Case(BaseModel):
    """A demo case and the phone it belongs to."""

    reference: str
    phone: str
    language: str = ""
    pin: str = ""
    status: str = ""


class Colleague(BaseModel):
    """A demo staff account."""

    email: str
    password: str = ""
    totp_secret: str = ""
    role: str = ""
    institution: str = ""

    @property
    def code(self) -> str:
        """The one-time password of this moment, or an empty string if the account has no good secret."""
        try:
            return TOTP(self.totp_secret).now()
        except ValueError:
            return ""


class Demonstration(BaseModel):
    """The demo data as `sila seed` wrote it down."""

    base_url: str = ""
    cases: list[Case] = Field(default_factory=list[Case])
    staff: list[Colleague] = Field(default_factory=list[Colleague])

    def cases_of(self, phone: str) -> list[Case]:
        """Which cases this phone belongs to."""
        return [case for case in self.cases if case.phone == phone]


def read_demonstration(path: Path) -> Demonstration:
    """The demo data; empty when there is none yet or it is being written."""
    try:
        return Demonstration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Demonstration()


def code_ends_in_s() -> int:
    """Seconds until the one-time passwords change."""
    return CODE_LASTS_S - int(time.time()) % CODE_LASTS_S

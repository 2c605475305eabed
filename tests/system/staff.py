"""A member of staff at the console."""

import re
import time
from typing import Any

import pyotp

from tests.system.visitor import Visitor

STEP_S = 30


class StaffMember(Visitor):
    """Somebody who has logged in with password and one-time password."""

    def __init__(self, url: str, account: dict[str, Any]) -> None:
        super().__init__(url)
        self.email = account["email"]
        self.go("/staff/log-in").send("/staff/log-in", email=self.email, password=account["password"])
        self.send("/staff/log-in/code", code=pyotp.TOTP(account["totp_secret"]).at(time.time()))
        assert self.path == "/staff/", self.text

    def count(self, name: str) -> int:
        """A figure of the page, by its `data-count`."""
        found = re.search(rf'data-count="{name}">([\d,.\s]+)<', self.text)
        assert found, f"no {name} on {self.path}"
        return int(re.sub(r"\D", "", found[1]))

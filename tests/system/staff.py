"""A member of staff at the console."""

import re
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pyotp

from tests.system.visitor import Visitor
from tests.system.whole import System

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


def a_new_colleague(system: System, institution: str, *roles: str) -> Visitor:
    """Somebody who was invited by the command line, and has just enrolled."""
    email = f"{uuid4().hex[:8]}@{institution}.example"
    given = [word for role in roles for word in ("--role", role)]
    link = urlsplit(system.sila("staff", "add", email, "--institution", institution, *given).split()[0]).path
    colleague = Visitor(system.url).go(link)
    secret = re.search(r'<code dir="ltr">([A-Z2-7 ]+)</code>', colleague.text)
    assert secret
    password = f"four words for {uuid4().hex}"
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(time.time())
    colleague.send(link, password=password, again=password, code=code)
    assert colleague.path == "/staff/", colleague.text
    return colleague

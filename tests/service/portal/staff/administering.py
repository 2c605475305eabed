"""Administrators in tests, what they read, and the audit trail of what they did."""

import re
from typing import Any, cast
from uuid import UUID

from portal.administration.acting import By, at_the_command_line
from shared.sealing import Purpose, keys
from tests.service.portal.families import Families
from tests.service.portal.staff.people import Page

CLI = at_the_command_line("root")


def by(person: Any, *, is_national: bool = False) -> By:
    """A member as one who administers."""
    return By(person.account.staff, person.account.institution, is_national)


def trail(families: Families) -> list[tuple[str, UUID | None, str, str]]:
    """What administrators did, as the trail has it: action, actor, subject, and the unsealed detail."""
    wanted = "'(institution|staff|key|relation|sessions)_|enrolled'"
    rows = families.run(
        f"SELECT action, actor, subject, sealed_detail FROM audit_entry WHERE action ~ {wanted} ORDER BY id"
    )
    return [(row.action, row.actor, row.subject, _opened(row)) for row in rows]


def _opened(row: Any) -> str:
    sealed = cast("str | None", row.sealed_detail)
    return keys().unseal(Purpose.PORTAL, sealed, f"audit:{row.subject}").decode() if sealed else ""


def link_in(page: Page) -> str:
    """The path of the one-time link that a page shows."""
    found = re.search(r'id="link">http[^<]*?(/staff/welcome/[\w-]+)<', page.text)
    assert found, page.text
    return found[1]


def key_in(page: Page) -> str:
    """The API key that a page shows."""
    found = re.search(r'id="key">(sila_[\w-]+)<', page.text)
    assert found, page.text
    return found[1]


def secret_in(page: Page) -> str:
    """The TOTP secret that a page shows."""
    found = re.search(r"Secret: <code[^>]*>([A-Z2-7 ]+)<", page.text)
    assert found, page.text
    return found[1].replace(" ", "")

"""The console and the API with what the owner has behind them, asked by people and keys of every institution."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from portal.access_document import WHOSE_BY_API, Reach, whose
from portal.accounts import Role, add_api_key, connect
from portal.institution_kinds import NATIONAL_ROLES, Scope
from portal.languages import local_time
from portal.staff.access import ACCESS
from portal.staff.fields import BAGHDAD
from shared.database import open_session, utc_now
from shared.messages.model import Command
from shared.messaging.outbox import publish
from shared.parts import Part
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, field
from tests.service.portal.staff.conftest import PARTS
from tests.service.portal.staff.people import Page, Person, an_account, said
from tests.service.portal.staff.whose.owned import NAMED, NATIONAL, OTHER, OWNER, Owned, what_the_owner_has
from tests.service.portal.staff.whose.steps import Step

Database = Callable[[Part], sa.Engine]
INSTITUTIONS = {"own": OWNER, "named": NAMED, "others": OTHER, "national": NATIONAL}
BOOKKEEPING = {
    "alembic_version", "inbox", "outbox", "due_message", "audit_entry", "outcome", "staff_session", "limit_count",
}  # fmt: skip
"""Tables that a refusal may touch: that something was asked, by whom, and what is on record of it."""


class Console:
    """The pages of the console, what the owner has, and people of every institution."""

    def __init__(
        self, client: TestClient, config: Settings, database: Database, families: Families, courier: Courier
    ) -> None:
        for part in Part:
            database(part)
        self._client, self._config, self._database, self._courier = client, config, database, courier
        self.things: Owned = what_the_owner_has(client, config, database, families)
        self._keys: dict[str, str] = {}
        self._people: dict[tuple[str, Role, int], Person] = {(OWNER, Role.CASE_MANAGER, 0): self.things.manager}
        now = local_time(utc_now(), BAGHDAD)
        self.things.known |= {
            "today": f"{now:%Y-%m-%d}", "now": f"{now:%H:%M}", "yesterday": f"{now - timedelta(days=1):%Y-%m-%d}",
            "part": "reports", "language": "en",
        }  # fmt: skip
        self.remember_digests()
        self.things.unknown = self.things.known | self.things.unknown

    def remember_digests(self) -> None:
        """What a second person is shown, and approves."""
        for name, kind in (("meeting", "meetings"), ("notice", "notices")):
            page = self.person("own", Role.OUTREACH, 1).get(f"/staff/{kind}/{self.things.known[name]}")
            shown = re.search(r'name="digest" value="([0-9a-f]{64})"', page.text)
            assert shown, said(page)
            self.things.known[f"digest_of_{name}"] = shown[1]

    def person(self, stands: str, role: Role, number: int = 0) -> Person:
        """Somebody of an institution in one role."""
        key = INSTITUTIONS[stands], role, number
        if key not in self._people:
            account = an_account(self._config, role, institution=key[0])
            self._people[key] = Person(self._client, account).log_in()
        return self._people[key]

    def take(self, step: Step, person: Person, ids: Mapping[str, str]) -> Page:
        """Ask for it, and follow where it leads."""
        named = {n: value[1:] if value.startswith("=") else ids[value] for n, value in step.ids.items()}
        ids = {**ids, "self": str(person.account.staff)}
        path = self.things.address(step.path, person, {**ids, **named}) + step.query.format(**ids)
        if step.method == "GET":
            return person.get(path)
        filled = {n: v.format(**ids) if isinstance(v, str) else v for n, v in step.fields.items()}
        home = person.get("/staff/relations")  # a page with a form that everybody has
        hidden = {name: field(home.text, name) for name in ("csrf", "request_id")}
        return person.post(path, hidden | filled)

    def call(self, step: Step, stands: str, ids: Mapping[str, str]) -> Page:
        """Ask for an operation of the API by a key of an institution."""
        named = {n: ids[value] for n, value in step.ids.items()}
        path = step.path.format(**{**ids, **named})
        filled = {n: v.format(**ids) if isinstance(v, str) else v for n, v in step.fields.items()}
        return self.ask(stands, step.method, path, **({"json": filled} if filled else {}))

    def ask(self, stands: str, method: str, path: str, **sent: Any) -> Page:
        """Call the API by a key of an institution."""
        if stands not in self._keys:
            with connect(self._config) as db:
                self._keys[stands] = add_api_key(db, INSTITUTIONS[stands], tuple(Scope))
        headers = {"authorization": f"Bearer {self._keys[stands]}", **sent.pop("headers", {})}
        self._client.cookies.clear()
        return self._client.request(method, f"/api/v1{path}", headers=headers, **sent)

    def shows(self, step: Step, page: Page) -> bool:
        """Whether the thing can be seen on a page."""
        if "/" in step.shows and not step.shows.startswith("/"):
            return page.headers["content-type"] == step.shows
        marker = self.things.as_shown(step.shows.format(**self.things.known))
        return page.status_code == 200 and marker in page.text

    def send(self, *commands: Command) -> list[tuple[str, str]]:
        """Send commands to their owners' queues, as no page would; the kinds that were refused, and why."""
        self._courier.settle()
        self._courier.refused.clear()
        with open_session(self._database(Part.PORTAL)) as db:
            for command in commands:
                publish(db, command)
            db.commit()
        self._courier.settle()
        return list(self._courier.refused)

    def texts_to_families(self) -> int:
        """How many texts have left that a notice sent."""
        return len(self._courier.texts)

    def forget_failures(self) -> None:
        """What was asked of things that are nowhere may be tried again in vain."""
        self._courier.settle()
        self._courier.failed.clear()

    def rows(self) -> dict[str, str]:
        """A digest of every table with things in it, once nothing is on its way."""
        self._courier.settle()
        return {f"{part}.{n}": d for part in PARTS for n, d in _digests(self._database(part)).items()}


def _digests(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as db:
        names = db.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        digest = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{}\" t"
        return {n: db.scalar(sa.text(digest.format(n))) or "" for n in sorted(set(names) - BOOKKEEPING)}


def stands_of(step: Step) -> Iterator[tuple[str, Role]]:
    """How somebody who passes the guard may stand to a thing, and in which role."""
    for role in sorted(ACCESS[step.path]):
        for stands in ("national",) if role in NATIONAL_ROLES else ("own", "named", "others"):
            yield stands, role


def may_know(step: Step, stands: str) -> bool:
    """Whether the thing, or the one that it is part of, is shown to them by this route or another."""
    above = [path for path in ACCESS if path == step.of or ("{" in path and step.path.startswith(path))]
    return step.is_public or any(getattr(whose(path), stands) is not Reach.NOTHING for path in above)


def reach_of(step: Step, stands: str) -> Reach:
    """How far the table lets them reach at this step."""
    return getattr(whose(step.path), stands)


def is_let(step: Step, stands: str) -> bool:
    reach = reach_of(step, stands)
    if step.shows:
        return reach is not Reach.NOTHING
    return reach is Reach.CHANGES or (reach is Reach.APPROVES and step.approves)


def differ(console: Console, page: Page, of_none: Page) -> str:
    one, other = (f"{p.status_code} {console.things.masked(p.text)}" for p in (page, of_none))
    if one == other:
        return ""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(at - 60, 0) : at + 120]!r} / {other[max(at - 60, 0) : at + 120]!r}"


def reach_by_api(step: Step, stands: str) -> Reach:
    """How far the table lets a key of an institution reach by an operation."""
    return getattr(WHOSE_BY_API[step.route], stands)

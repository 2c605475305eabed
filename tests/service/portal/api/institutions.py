"""Institutions as the portal knows them, and what they send."""

from typing import Any

import httpx
import psycopg
import sqlalchemy as sa
from starlette.testclient import TestClient

from portal import accounts
from shared.messages.model import Command
from shared.messages.reports import AcceptReport

PHONE = "+9647701234567"


class Institutions:
    """Three institutions, two of which have keys; their calls, and what came of them in the database."""

    def __init__(self, client: TestClient, engine: sa.Engine) -> None:
        self._client, self._engine = client, engine
        with self.connect() as db:
            for code in ("mgd", "ihchr", "police"):
                accounts.put_institution(db, code, {"en": code.upper()}, ("takes_reports", "laboratory"))
            self.keys = {code: accounts.add_api_key(db, code) for code in ("mgd", "ihchr")}

    def connect(self) -> psycopg.Connection[Any]:
        """A plain connection to the portal's database."""
        url = self._engine.url.render_as_string(hide_password=False)
        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def key(self, institution: str, *scopes: str) -> str:
        """Another key, good for these only."""
        with self.connect() as db:
            return accounts.add_api_key(db, institution, scopes)

    def call(self, method: str, path: str, *, by: str = "mgd", key: str | None = None, **sent: Any) -> httpx.Response:
        """A call by an institution; `headers` come besides its key."""
        headers = {"authorization": f"Bearer {key or self.keys[by]}"} | sent.pop("headers", {})
        return self._client.request(method, f"/api/v1{path}", headers=headers, **sent)

    def report(self, content: dict[str, Any] | None = None, *, once: str | None = None, **how: Any) -> httpx.Response:
        """A report is sent, under an Idempotency-Key where `once` is given."""
        headers = {"idempotency-key": once} if once else {}
        return self.call("POST", "/reports", json=content or a_report(), headers=headers, **how)

    def rows(self, statement: str, **parameters: Any) -> Any:
        """Rows of the portal's database."""
        with self._engine.begin() as db:
            return db.execute(sa.text(statement), parameters).all()

    def told(self, kind: type[Command]) -> list[Any]:
        """The commands of a kind that wait in the outbox."""
        key = f"{kind.owner}.{kind.kind}"
        rows = self.rows("SELECT body FROM outbox WHERE routing_key IN (:key, :key || '.bulk') ORDER BY id", key=key)
        return [kind.model_validate_json(bytes(row.body)) for row in rows]

    def accepted(self) -> list[AcceptReport]:
        """The reports that wait to come into the record."""
        return self.told(AcceptReport)

    def audited(self) -> list[tuple[str, str, str]]:
        """The audit trail: institution, action, subject."""
        rows = self.rows("SELECT institution, action, subject FROM audit_entry WHERE door = 'api' ORDER BY id")
        return [tuple(row) for row in rows]


def a_report(**parts: Any) -> dict[str, Any]:
    """A report that states what matters; the rest is what it must have. `given`: the one name."""
    given = parts.pop("given", "علي حسين محمد الجبوري")
    return {"person": {"names": [{"raw": given}]}, "consent": {"keep": True}} | parts


def a_whole_report(**parts: Any) -> dict[str, Any]:
    """A report with everything that the contract's example has."""
    return {
        "person": {
            "names": [{"raw": "علي حسين محمد الجبوري"}],
            "mother": "زينب كاظم",
            "sex": "male",
            "born": {"year": 1985},
        },
        "event": {
            "code": "SINJAR",
            "date": {"year": 2014, "month": 8},
            "governorate": "IQ-NI",
            "place": "سنجار",
        },
        "reporter": {
            "name": "حسن",
            "relation": "brother",
            "phone": "0770 123 4567",
            "phone_verified": True,
            "language": "ckb",
        },
        "consent": {"keep": True, "share": ["ihchr"], "contact": ["sms"]},
    } | parts


def pointers(answer: httpx.Response) -> set[tuple[str, str]]:
    """What a 422 names: pointer and code."""
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}

"""The carrier at the portal's webhooks, with its signature."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from starlette.testclient import TestClient
from twilio.request_validator import RequestValidator

from portal.app import create_app
from shared.settings import Settings

TOKEN = "the carrier's and ours"
BASE = "http://127.0.0.1:8000"
PHONE = "+9647701234567"
MISSED_CALLS = "+15005550009"


class Carrier:
    """Posts to the webhooks as the carrier does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, path: str, fields: list[tuple[str, str]], *, token: str = TOKEN, signature: str | None = None):
        from starlette.datastructures import MultiDict

        right = RequestValidator(token).compute_signature(BASE + path, MultiDict(fields))
        headers = {
            "x-twilio-signature": right if signature is None else signature,
            "content-type": "application/x-www-form-urlencoded",
        }
        return self.client.post(path, content=urlencode(fields), headers=headers)

    def text(self, body: str, phone: str = "+9647701234567", sid: str | None = None, **more: str):
        sid = sid or f"SM{uuid4().hex}"
        fields = [("MessageSid", sid), ("From", phone), ("To", "+15005550006"), ("Body", body), *more.items()]
        return self.post("/webhooks/twilio/sms", fields)

    def status(self, sid: str, status: str, text: str = "", **more: str):
        fields = [("MessageSid", sid), ("MessageStatus", status), *more.items()]
        return self.post(f"/webhooks/twilio/status?text={text}", fields)

    def call(self, call: str, step: str = "", digits: str = "", say: str = "", **more: str) -> str:
        query = f"?step={step}" if step else ""
        query += f"&say={quote(say)}" if say else ""
        fields = {
            "CallSid": call_id(call),
            "From": PHONE,
            "To": "+15005550006",
            "Digits": digits,
            "Direction": "inbound",
        }
        answer = self.post(f"/webhooks/twilio/voice{query}", list({**fields, **more}.items()))
        assert answer.status_code == 200
        return answer.text


def call_id(call: str) -> str:
    """`CA1`, as a test names a call, in the length of the carrier's ids."""
    return f"CA{call.removeprefix('CA'):0>32}"


@pytest.fixture
def carrier(config: Settings, tmp_path: Path) -> Iterator[Carrier]:
    changes = {"base_url": BASE, "missed_call_number": MISSED_CALLS, "voice": tmp_path}
    signed = config.model_copy(update={"twilio_auth_token": SecretStr(TOKEN), **changes})
    with TestClient(create_app(signed), base_url=BASE) as client:
        yield Carrier(client)


@pytest.fixture
def outbox(engine: sa.Engine):
    """What the portal has told, in order: (kind, body)."""
    import json

    def read(kind: str = "") -> list[dict[str, object]]:
        query = "SELECT headers->>'kind' AS kind, body FROM outbox ORDER BY id"
        with engine.connect() as db:
            told = [(r.kind, json.loads(bytes(r.body))) for r in db.exec_driver_sql(query)]
        return [body for k, body in told if not kind or k == kind]

    return read

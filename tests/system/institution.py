"""An institution at the API."""

from typing import Any
from uuid import uuid4

import httpx

from tests.system.visitor import SHORT_LIVED
from tests.waiting import eventually


class Institution:
    """An institution with its key."""

    def __init__(self, url: str, name: str, key: str) -> None:
        self.name = name
        headers = {"authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30, limits=SHORT_LIVED)

    def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """A call that sends something, under an idempotency key where one is given."""
        return self._client.post(path, json=body, headers={"idempotency-key": key} if key else {})

    def post_bytes(self, path: str, body: bytes) -> httpx.Response:
        """A call with any bytes that claim to be JSON."""
        return self._client.post(path, content=body, headers={"content-type": "application/json"})

    def import_csv(self, text: str) -> httpx.Response:
        """Hand in a file of reports."""
        headers = {"content-type": "text/csv", "idempotency-key": str(uuid4())}
        return self._client.post("/imports", content=text.encode(), headers=headers)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """A call that asks for something."""
        return self._client.get(path, params=parameters)

    def report(self, report: dict[str, Any], key: str | None = None) -> str:
        """Send a report in. Returns its reference."""
        answer = self.post("/reports", report, key)
        assert answer.status_code == 202, answer.text
        return answer.json()["reference"]

    def link_of(self, reference: str, other: str, state: str = "proposed") -> dict[str, Any]:
        """The link between two reports, once it is in a state."""

        def look() -> list[dict[str, Any]]:
            links = self.get(f"/reports/{reference}").json().get("links", [])
            return [link for link in links if link["reference"] == other and link["state"] == state]

        return eventually(look, 20, f"a link that is {state}")[0]


def a_report(name: str, phone: str | None = None, **more: Any) -> dict[str, Any]:
    """A report of a man by his brother; `more` goes over it, part by part."""
    reporter = {"relation": "brother", "language": more.pop("language", "ar")}
    if phone:
        reporter |= {"phone": phone, "phone_verified": True}
    return {
        "person": {"names": [{"raw": name}], "sex": "male"} | more.pop("person", {}),
        "event": {"code": "MOSUL_2016_17", "governorate": "IQ-NI"},
        "reporter": reporter,
        "consent": {"keep": True, "share": ["mgd", "ihchr"], "contact": ["sms"]},
    } | more

"""A newcomer opens the page of phones: reads, answers, calls, is called; with a browser and without scripts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pyotp.totp import TOTP

from tests.browsers import running_browser
from tests.service.carrier_simulator import NUMBER, Receiver, Simulator, running_simulator
from tests.waiting import eventually

PHONE = "+9647701234567"
VOICE = "/webhooks/twilio/voice"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MENU = '<Response><Gather numDigits="2" action="/chosen"><Say language="ar">اختاروا</Say></Gather></Response>'
END = "<Response><Say>Thank you</Say></Response>"
DEMO: dict[str, Any] = {
    "base_url": "http://127.0.0.1:8000",
    "cases": [{"reference": "123456789012", "phone": PHONE, "language": "ar", "pin": "482915", "status": "received"}],
    "staff": [{"email": "a@b.example", "password": "p", "totp_secret": SECRET, "role": "operator"}],
}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        running.answer(VOICE, MENU)
        running.answer("/chosen", END)
        running.answer("/webhooks/twilio/sms", "<Response><Message>وصلت رسالتكم</Message></Response>")
        yield running


@pytest.fixture(scope="module")
def simulator(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    directory = tmp_path_factory.mktemp("simulator")
    (directory / "demo.json").write_text(json.dumps(DEMO))
    with running_simulator(directory, receiver.url, "--pace", "0") as running:
        yield running


def open_page(simulator: Simulator, path: str) -> str:
    return httpx.get(simulator.url + path, follow_redirects=True).raise_for_status().text


def send_form(simulator: Simulator, path: str, **fields: str) -> str:
    return httpx.post(simulator.url + path, data=fields, follow_redirects=True, timeout=30).raise_for_status().text


def test_the_demo_cases_and_the_staffs_codes_are_shown(simulator: Simulator) -> None:
    def shows_the_code() -> bool:
        return TOTP(SECRET).now() in open_page(simulator, "/")

    assert eventually(shows_the_code)
    page = open_page(simulator, "/")
    assert "1234 5678 9012" in page
    assert "482915" in page
    assert "Never in production" in page


def test_without_scripts_a_text_is_sent_and_its_answer_shown(simulator: Simulator, receiver: Receiver) -> None:
    phone = "+9647701111111"
    page = send_form(simulator, f"/phones/{phone}/texts", body="<b>حالة</b>")
    assert "&lt;b&gt;حالة&lt;/b&gt;" in page
    assert eventually(lambda: "وصلت رسالتكم" in open_page(simulator, f"/phones/{phone}"))


def test_without_scripts_a_call_is_made_from_the_first_word_to_the_last(simulator: Simulator) -> None:
    phone = "+9647702222222"
    page = send_form(simulator, f"/phones/{phone}/calls")
    assert "اختاروا" in page
    sid = re.search(r"/calls/(CA\w+)/keys", page)
    assert sid
    page = send_form(simulator, f"/calls/{sid[1]}/keys", digits="1", hold="1")
    assert "Waiting for keys" in page
    page = send_form(simulator, f"/calls/{sid[1]}/keys", digits="2", hold="1")
    assert "Thank you" in page
    assert "You called: completed" in page
    assert "Thank you" in send_form(simulator, f"/calls/{sid[1]}/hangup")


def test_a_phone_is_opened_by_any_spelling_of_its_number(simulator: Simulator) -> None:
    for written in ("0770 333 3333", "٠٧٧٠٣٣٣٣٣٣٣", "+9647703333333"):
        opened = httpx.get(f"{simulator.url}/phones", params={"number": written}, follow_redirects=True)
        assert "0770 333 3333" in opened.text
    assert "not a phone number" in open_page(simulator, "/phones?number=12")


def test_a_phone_that_is_switched_off_says_so(simulator: Simulator) -> None:
    phone = "+9647704444444"
    assert "switched off" in send_form(simulator, f"/phones/{phone}/state")
    assert "switched off" not in send_form(simulator, f"/phones/{phone}/state", on="1")


def test_a_text_that_the_service_did_not_take_is_said_so(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer("/webhooks/twilio/sms", 503)
    answer = httpx.post(f"{simulator.url}/phones/{PHONE}/texts", data={"body": "x"})
    receiver.answer("/webhooks/twilio/sms", "<Response><Message>وصلت رسالتكم</Message></Response>")
    assert answer.status_code == 502
    assert "HTTP 503" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}],
)
def test_other_sites_pages_are_kept_out(simulator: Simulator, headers: dict[str, str]) -> None:
    assert httpx.get(f"{simulator.url}/", headers=headers).status_code == 403
    texts = f"{simulator.url}/simulator/phones/{PHONE}/texts"
    assert httpx.post(texts, headers=headers, json={"body": "x"}).status_code == 403


def test_with_2000_phones_the_page_stays_light(tmp_path: Path) -> None:
    journal = [
        {"text": {"number": n, "sid": f"SM{n:032x}", "direction": "outbound-api", "to": f"+96478{n:08d}",
                  "sender": NUMBER, "body": "دعوة", "segments": 1, "created_at": 1e9 + n, "status": "delivered"}}
        for n in range(1, 2001)
    ]  # fmt: skip
    (tmp_path / "carrier.jsonl").write_text("".join(json.dumps(line) + "\n" for line in journal))
    with running_simulator(tmp_path) as simulator:
        page = open_page(simulator, "/")
        assert "2,000 phones" in page
        assert len(page) < 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(params=[(1280, 860), (360, 740)], ids=["desk", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    assert errors == []
    page.close()


@pytest.mark.browser
def test_a_text_appears_while_one_looks_and_is_answered(page: Page, simulator: Simulator) -> None:
    page.goto(f"{simulator.url}/phones/{PHONE}")
    simulator.client().messages.create(to=PHONE, from_=NUMBER, body="ڕاپۆرتەکەتان گەیشت 1234")
    arrived = page.locator(".theirs p", has_text="ڕاپۆرتەکەتان گەیشت 1234").last
    expect(arrived).to_be_visible()
    assert arrived.evaluate("part => getComputedStyle(part).direction") == "rtl"

    page.get_by_label("Text").fill("حالة")
    page.get_by_label("Text").press("Enter")
    expect(page.locator(".theirs p", has_text="وصلت رسالتكم").last).to_be_visible()


@pytest.mark.browser
def test_a_call_that_comes_in_is_answered_and_keys_are_pressed(
    page: Page, simulator: Simulator, receiver: Receiver
) -> None:
    phone = "+9647705555555"
    page.goto(f"{simulator.url}/")
    simulator.client().calls.create(to=phone, from_=NUMBER, url=f"{receiver.url}{VOICE}")
    page.get_by_role("link", name="0770 555 5555 is ringing").click()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("اختاروا").last).to_be_visible()
    for key in ("1", "2"):
        page.get_by_role("button", name=key, exact=True).click()
    expect(page.get_by_text("The service called: completed").last).to_be_visible()

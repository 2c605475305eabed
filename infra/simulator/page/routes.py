"""The page of phones: server-rendered, whole without JavaScript."""

from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from infra.simulator.carrier import Carrier
from infra.simulator.control.reading import phone_number
from infra.simulator.page.demonstration import code_ends_in_s, read_demonstration
from infra.simulator.page.listing import list_phones
from infra.simulator.page.thread import bubbles_of, count_unseen
from infra.simulator.phones import Phone
from infra.simulator.voice.call import Call
from infra.simulator.voice.switchboard import CallStateError
from shared.phones import InvalidPhone, parse_phone, show_phone
from shared.references import show_reference

_HERE = Path(__file__).parent
_POLICY = "default-src 'self'; media-src *; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
_KEYS = "123456789*0#"


class Pages:
    """The pages and the forms on them."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._templates = Jinja2Templates(_HERE / "templates")

    def routes(self) -> list[BaseRoute]:
        """Everything a person opens or sends."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/phones", self.open, methods=["GET"]),
            Route("/phones/{phone}", self.phone, methods=["GET"]),
            Route("/phones/{phone}/texts", self.write, methods=["POST"]),
            Route("/phones/{phone}/calls", self.call, methods=["POST"]),
            Route("/phones/{phone}/state", self.set_state, methods=["POST"]),
            Route("/calls/{sid}/{act}", self.act, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]

    async def home(self, request: Request) -> Response:
        """The list of phones, the demo cases and the staff's one-time passwords."""
        return self._page(request, "home.html")

    async def open(self, request: Request) -> Response:
        """Go to the phone whose number was typed, in any usual spelling."""
        try:
            number = parse_phone(request.query_params.get("number", ""))
        except InvalidPhone:
            return self._page(request, "home.html", note="That is not a phone number that can exist.")
        return RedirectResponse(f"/phones/{number}", 303)

    async def phone(self, request: Request) -> Response:
        """One phone's screen."""
        return self._show(request, phone_number(request))

    async def write(self, request: Request) -> Response:
        """Send a text from the phone."""
        number, body = phone_number(request), (await _form(request)).get("body", "")[:1600]
        if body.strip():
            _, outcome = await self._carrier.receive(number, body)
            if not 200 <= outcome.status < 300:
                return self._show(request, number, note=_unanswered(outcome.status), status=502)
        return RedirectResponse(f"/phones/{number}", 303)

    async def call(self, request: Request) -> Response:
        """Call the service, or its number for missed calls, from the phone."""
        number, form = phone_number(request), await _form(request)
        return await self._back(self._carrier.calls.call_service(number, is_missed="missed" in form), number)

    async def set_state(self, request: Request) -> Response:
        """Switch the phone off or on."""
        number, form = phone_number(request), await _form(request)
        known = self._carrier.phones.get(number)
        await self._carrier.set_phone(number, Phone(reachable="on" in form, opted_out=known.opted_out))
        return RedirectResponse(f"/phones/{number}", 303)

    async def act(self, request: Request) -> Response:
        """Answer, decline, press keys or hang up."""
        call = self._carrier.calls.find(request.path_params["sid"])
        if call is None:
            return RedirectResponse("/", 303)
        return await self._back(self._move(call, request.path_params["act"], await _form(request)), call.phone)

    async def _move(self, call: Call, act: str, form: dict[str, str]) -> Call:
        board = self._carrier.calls
        match act:
            case "answer":
                return await board.answer(call, form.get("by", "human"))
            case "decline":
                return await board.decline(call, form.get("status", "busy"))
            case "keys":
                keys = "".join(key for key in form.get("digits", "") if key in _KEYS)
                return await board.press(call, keys, hold="hold" in form)
            case _:
                return await board.hang_up(call)

    async def _back(self, deed: Awaitable[Call], number: str) -> Response:
        # The call may have ended while the button was on the screen: the screen shows it.
        with suppress(CallStateError):
            await deed
        return RedirectResponse(f"/phones/{number}", 303)

    def _show(self, request: Request, number: str, *, note: str = "", status: int = 200) -> Response:
        carrier = self._carrier
        calls = [call for call in carrier.calls.of_phone(number) if not call.is_over]
        call = calls[-1] if calls else None
        return self._page(
            request,
            "phone.html",
            status=status,
            note=note,
            number=number,
            state=carrier.phones.get(number),
            bubbles=bubbles_of(carrier, number),
            unseen=count_unseen(carrier, number),
            call=call,
            awaits_keys=call is not None and carrier.calls.awaits_keys(call),
            keys_so_far=carrier.calls.keys_so_far(call) if call else "",
        )

    def _page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        query = request.query_params
        page = int(written) if (written := query.get("page", "1")).isdecimal() else 1
        context = values | {
            "show_phone": show_phone,
            "show_reference": show_reference,
            "keys": _KEYS,
            "service": self._carrier.options.number,
            "missed_call_number": self._carrier.options.missed_call_number,
            "demo": read_demonstration(self._carrier.options.demo),
            "code_ends_in_s": code_ends_in_s(),
            "listing": list_phones(self._carrier, query.get("q", ""), page),
            "ringing": self._carrier.calls.ringing(),
        }
        response = self._templates.TemplateResponse(request, template, context, status_code=status)
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Cache-Control"] = "no-store"
        return response


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _unanswered(status: int) -> str:
    how = f"answered with HTTP {status}" if status else "did not answer"
    return f"The text was sent, but the service {how} (tried twice)."

"""`/simulator/calls`: a person's hand on the phone."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulator.control.reading import Wish, read_wish
from infra.simulator.voice.call import Call
from infra.simulator.voice.switchboard import CallStateError, Switchboard


class _Keys(Wish):
    digits: str = Field(max_length=64, pattern=r"^[0-9*#]*$")
    hold: bool = False


class _Answering(Wish):
    answered_by: Literal["human", "machine_start", "fax", "unknown"] = "human"


class _Declining(Wish):
    status: Literal["busy", "no-answer", "failed"] = "busy"


class CallsControl:
    """Calls as JSON."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    def routes(self) -> list[Route]:
        """The routes of this part of the control API."""
        return [
            Route("/simulator/calls", self.list, methods=["GET"]),
            Route("/simulator/calls/{sid}", self.show, methods=["GET"]),
            Route("/simulator/calls/{sid}/digits", self.press, methods=["POST"]),
            Route("/simulator/calls/{sid}/answer", self.answer, methods=["POST"]),
            Route("/simulator/calls/{sid}/decline", self.decline, methods=["POST"]),
            Route("/simulator/calls/{sid}/hangup", self.hang_up, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """Every call, oldest first."""
        return JSONResponse([call_view(call, self._board) for call in self._board.all()])

    async def show(self, request: Request) -> Response:
        """One call with its transcript."""
        return JSONResponse(call_view(self._find(request), self._board))

    async def press(self, request: Request) -> Response:
        """Press keys in a call; unless `hold`, a silence follows them, and no keys are a silence."""
        keys = await read_wish(request, _Keys)
        return await self._do(request, lambda call: self._board.press(call, keys.digits, hold=keys.hold))

    async def answer(self, request: Request) -> Response:
        """Pick up a phone that rings."""
        answering = await read_wish(request, _Answering)
        return await self._do(request, lambda call: self._board.answer(call, answering.answered_by))

    async def decline(self, request: Request) -> Response:
        """Be busy, or do not answer."""
        declining = await read_wish(request, _Declining)
        return await self._do(request, lambda call: self._board.decline(call, declining.status))

    async def hang_up(self, request: Request) -> Response:
        """Hang up."""
        return await self._do(request, self._board.hang_up)

    async def _do(self, request: Request, act: Callable[[Call], Awaitable[Call]]) -> Response:
        try:
            call = await act(self._find(request))
        except CallStateError as error:
            raise HTTPException(409, f"the call is {error}") from None
        return JSONResponse(call_view(call, self._board))

    def _find(self, request: Request) -> Call:
        call = self._board.find(request.path_params["sid"])
        if call is None:
            raise HTTPException(404, "no such call")
        return call


def call_view(call: Call, board: Switchboard) -> dict[str, Any]:
    """A call as the control API shows it."""
    return {
        "sid": call.sid,
        "phone": call.phone,
        "direction": call.direction,
        "url": call.url,
        "status": call.status,
        "answered_by": call.answered_by,
        "duration_s": call.duration_s,
        "awaits_digits": board.awaits_keys(call),
        "transcript": call.transcript,
    }

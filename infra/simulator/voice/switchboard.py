"""All calls: those that phones make to the service, and those that the service makes to phones."""

import asyncio
from email.utils import formatdate

from infra.simulator.behaviour import Behaviour
from infra.simulator.journal import Journal
from infra.simulator.options import Options
from infra.simulator.phones import Phones
from infra.simulator.rest.errors import CarrierError
from infra.simulator.texts.text import new_sid
from infra.simulator.voice.call import Call, now
from infra.simulator.voice.conversation import Conversation
from infra.simulator.voice.ordering import read_call_order
from infra.simulator.webhooks.callbacks import Callback, Callbacks
from infra.simulator.webhooks.signed import SignedWebhooks

SETTLES_WITHIN_S = 45.0
_EVENT_STATUS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


class CallStateError(Exception):
    """The call is not in a state for that; the message says in which it is."""


class Switchboard:
    """Calls by identifier, oldest first."""

    def __init__(
        self, options: Options, journal: Journal, phones: Phones, webhooks: SignedWebhooks, callbacks: Callbacks
    ) -> None:
        self._options = options
        self._journal = journal
        self._phones = phones
        self._webhooks = webhooks
        self._callbacks = callbacks
        self._calls: dict[str, Call] = {}
        self._conversations: dict[str, Conversation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ringing: dict[str, asyncio.TimerHandle] = {}

    # -- looking

    def find(self, sid: str) -> Call | None:
        """The call, if there is one."""
        return self._calls.get(sid)

    def all(self) -> list[Call]:
        """Every call, oldest first."""
        return list(self._calls.values())

    def of_phone(self, number: str) -> list[Call]:
        """A phone's calls, oldest first."""
        return [call for call in self._calls.values() if call.phone == number]

    def awaits_keys(self, call: Call) -> bool:
        """Whether the person is asked to press something."""
        conversation = self._conversations.get(call.sid)
        return conversation is not None and conversation.gathering is not None

    def keys_so_far(self, call: Call) -> str:
        """What was pressed into the gathering that waits."""
        conversation = self._conversations.get(call.sid)
        return conversation.gathering.digits if conversation and conversation.gathering else ""

    def ringing(self) -> list[Call]:
        """Calls that wait for somebody to pick up, oldest first."""
        return [self._calls[sid] for sid in self._ringing]

    # -- calls from phones

    async def call_service(self, phone: str, *, is_missed: bool = False) -> Call:
        """A phone calls the service, or its number for missed calls; returns when keys are asked for, or it is over."""
        call = Call(
            sid=new_sid("CA"),
            direction="inbound",
            to=(is_missed and self._options.missed_call_number) or self._options.number,
            sender=phone,
            status="ringing",
            created_at=now(),
            url=self._options.voice_webhook,
        )
        await self._keep(call)
        call.started_at = now()
        self._converse(call)
        return await self.settle(call)

    async def press(self, call: Call, keys: str, *, hold: bool = False) -> Call:
        """Press keys; without `hold`, a silence follows. Raises CallStateError when nobody asks for keys."""
        if not self.awaits_keys(call):
            raise CallStateError(call.status)
        self._conversations[call.sid].press(keys, hold)
        return await self.settle(call)

    async def hang_up(self, call: Call) -> Call:
        """The person hangs up. Raises CallStateError when the call is over."""
        if call.is_over:
            raise CallStateError(call.status)
        call.log("hung_up_by_phone")
        if call.status == "ringing" and not call.is_inbound:
            return await self.decline(call, "busy")
        await self._break_off(call, "completed")
        return call

    async def settle(self, call: Call) -> Call:
        """Wait until the call waits for keys or is over, at most 45 s."""
        if conversation := self._conversations.get(call.sid):
            await asyncio.wait_for(conversation.settled.wait(), SETTLES_WITHIN_S)
        return call

    # -- calls to phones

    async def dial(self, fields: dict[str, str], events: list[str], behaviour: Behaviour) -> Call:
        """Accept a call that the account asks for: on disk before it is answered. Raises CarrierError."""
        call = read_call_order(fields, events, self._options, behaviour.rings_for_s)
        await self._keep(call)
        asyncio.get_running_loop().call_soon(self._ring, call)
        return call

    def _ring(self, call: Call) -> None:
        self._tell(call, "initiated")
        call.status = "ringing"
        call.log("ringing")
        self._tell(call, "ringing")
        if self._phones.get(call.to).reachable:
            loop = asyncio.get_running_loop()
            self._ringing[call.sid] = loop.call_later(call.rings_for_s, self._end, call, "no-answer")
        else:
            self._end(call, "no-answer")

    async def answer(self, call: Call, answered_by: str) -> Call:
        """The person (or a machine) picks up. Raises CallStateError unless it rings."""
        self._refuse_silent(call)
        self._ringing.pop(call.sid).cancel()
        call.status, call.started_at = "in-progress", now()
        call.answered_by = answered_by if call.detects_machines else ""
        call.log("answered", by=answered_by)
        self._tell(call, "answered")
        self._converse(call)
        return await self.settle(call)

    async def decline(self, call: Call, status: str) -> Call:
        """The person is busy, or nobody answers. Raises CallStateError unless it rings."""
        self._refuse_silent(call)
        self._end(call, status)
        return call

    async def update(self, call: Call, fields: dict[str, str]) -> Call:
        """What the account changes in a call: its end, or its TwiML. Raises CarrierError."""
        if call.is_over:
            raise CarrierError(21220, call.status)
        if status := fields.get("Status"):
            await self._break_off(call, status if status in {"completed", "canceled"} else "completed")
        elif fields.get("Twiml") or fields.get("Url"):
            call.twiml, call.url = fields.get("Twiml", ""), fields.get("Url", call.url)
            await self._stop_talking(call)
            self._converse(call)
        return call

    def _refuse_silent(self, call: Call) -> None:
        if call.sid not in self._ringing:
            raise CallStateError(call.status)

    # -- the way of a call

    def _converse(self, call: Call) -> None:
        conversation = Conversation(call, self._options.account_sid, self._webhooks, self._phones)
        self._conversations[call.sid] = conversation
        self._tasks[call.sid] = asyncio.create_task(self._talk(conversation), name="call")

    async def _talk(self, conversation: Conversation) -> None:
        call = conversation.call
        await conversation.run()
        self._end(call, call.status if call.is_over else "completed")

    async def _break_off(self, call: Call, status: str) -> None:
        await self._stop_talking(call)
        self._end(call, status)

    async def _stop_talking(self, call: Call) -> None:
        task = self._tasks.pop(call.sid, None)
        if task and not task.done():
            task.cancel()
            await asyncio.wait([task])

    def _end(self, call: Call, status: str) -> None:
        call.status, call.ended_at = status, now()
        call.log("over", status=status)
        if timer := self._ringing.pop(call.sid, None):
            timer.cancel()
        self._tasks.pop(call.sid, None)
        if conversation := self._conversations.pop(call.sid, None):
            conversation.settled.set()
        self._journal.note({"call": call.line()})
        self._tell(call, "completed")

    def _tell(self, call: Call, event: str) -> None:
        if not call.callback or event not in call.callback_events:
            return
        fields = call.fields(self._options.account_sid) | {
            "CallStatus": _EVENT_STATUS.get(event, call.status),
            "Timestamp": formatdate().replace("-0000", "+0000"),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.told),
        }
        if event == "completed":
            fields |= {"CallDuration": str(call.duration_s), "Duration": str(-(-call.duration_s // 60))}
        call.told += 1
        self._callbacks.add(Callback(call.callback, fields, lambda taken: None))

    async def _keep(self, call: Call) -> None:
        await self._journal.keep({"call": call.line()})
        self.remember(call)

    # -- life and death

    def remember(self, call: Call) -> None:
        """Know a call, a new one or one from the journal."""
        self._calls[call.sid] = call
        self._phones.used(call.phone, call.created_at)

    def resume(self) -> None:
        """After a restart phones ring again; a conversation that was cut is over."""
        for call in self._calls.values():
            if call.is_over:
                continue
            if call.is_inbound or call.started_at:
                self._end(call, "failed")
            else:
                self._ring(call)

    def stop(self) -> None:
        """Leave every call where it is."""
        for running in (*self._ringing.values(), *self._tasks.values()):
            running.cancel()

    def clear(self) -> None:
        """Forget every call."""
        self.stop()
        for known in (self._calls, self._conversations, self._tasks, self._ringing):
            known.clear()

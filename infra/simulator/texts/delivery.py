"""Carries accepted texts to their phones, status by status, and tells whoever asked."""

import asyncio
import random
import time
from collections import deque
from functools import partial

from infra.simulator.behaviour import Behaviour
from infra.simulator.journal import Journal
from infra.simulator.options import Options
from infra.simulator.phones import Phones
from infra.simulator.texts.journey import Step, plan_journey
from infra.simulator.texts.sending import LONGEST_WAIT_S
from infra.simulator.texts.text import ERRORS, Text
from infra.simulator.webhooks.callbacks import Callback, Callbacks


class Delivery:
    """Texts under way. Each has at most one timer."""

    def __init__(self, options: Options, journal: Journal, phones: Phones, callbacks: Callbacks) -> None:
        self.behaviour = Behaviour()
        self._options = options
        self._journal = journal
        self._phones = phones
        self._callbacks = callbacks
        self._under_way: dict[str, asyncio.TimerHandle] = {}
        self._queue_empty_at = 0.0

    @property
    def queue_is_full(self) -> bool:
        """Whether a text that comes now would wait longer than the carrier keeps any."""
        return self._queue_empty_at - asyncio.get_running_loop().time() > LONGEST_WAIT_S

    def start(self, text: Text) -> None:
        """Send an accepted text on its way (again, after a restart)."""
        rng = random.Random(self._options.seed * 1_000_003 + text.number)  # noqa: S311 - a plan that repeats
        reachable = self._phones.get(text.phone).reachable
        begins = asyncio.get_running_loop().time() + max(0.0, text.send_at - time.time())
        queue_s = self._line_up(text, begins)
        steps = plan_journey(text, reachable=reachable, behaviour=self.behaviour, rng=rng, queue_s=queue_s)
        self._advance(text, deque(steps), begins)

    def _line_up(self, text: Text, begins: float) -> float:
        """How long a text stands in the sender's queue, in seconds."""
        if not self.behaviour.segments_per_s:
            return 0.0
        queue_s = max(0.0, self._queue_empty_at - begins)
        if queue_s <= text.validity_s:
            self._queue_empty_at = begins + queue_s + text.segments / self.behaviour.segments_per_s
        return queue_s

    def stop(self) -> None:
        """Leave every text where it is."""
        for timer in self._under_way.values():
            timer.cancel()
        self._under_way.clear()
        self._queue_empty_at = 0.0

    def cancel(self, text: Text) -> None:
        """Stop one text for good (it was deleted or cancelled)."""
        if timer := self._under_way.pop(text.sid, None):
            timer.cancel()

    def _advance(self, text: Text, steps: deque[Step], begins: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while steps and begins + steps[0].at_s <= now:
            self._take(text, steps.popleft())
        if steps:
            due = begins + steps[0].at_s
            self._under_way[text.sid] = loop.call_at(due, self._advance, text, steps, begins)
        else:
            self._under_way.pop(text.sid, None)

    def _take(self, text: Text, step: Step) -> None:
        if not step.moves:
            self._tell(text, step)
            return
        self._move(text, step)
        if not self._is_told(text, step.status):
            self._note(text.sid, step)

    def _is_told(self, text: Text, status: str) -> bool:
        return bool(text.callback) and self.behaviour.callbacks and status in self.behaviour.callback_statuses

    def _move(self, text: Text, step: Step) -> None:
        text.status, text.error, text.updated_at = step.status, step.error, time.time()
        text.sender = text.sender or self._options.number
        if step.status == "sent":
            text.sent_at = text.updated_at

    def _tell(self, text: Text, step: Step) -> None:
        fields = status_fields(text, step.status, step.error, self._options.account_sid)
        self._callbacks.add(Callback(text.callback, fields, partial(self._told, text.sid, step)))

    def _told(self, sid: str, step: Step, taken: bool) -> None:
        # Given up counts as told: the carrier does not call for ever.
        self._note(sid, step)

    def _note(self, sid: str, step: Step) -> None:
        # Only after the callback, so that one which a crash swallowed is made again.
        self._journal.note({"status": [sid, step.status, round(time.time(), 3), step.error]})


def status_fields(text: Text, status: str, error: int | None, account: str) -> dict[str, str]:
    """The form of a status callback, with Twilio's names."""
    fields = {
        "SmsSid": text.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": text.to,
        "MessageSid": text.sid,
        "AccountSid": account,
        "From": text.sender,
        "ApiVersion": "2010-04-01",
    }
    if text.service:
        fields["MessagingServiceSid"] = text.service
    if error:
        fields |= {"ErrorCode": str(error), "ErrorMessage": ERRORS[error]}
    if status in {"delivered", "undelivered"}:
        fields["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime())
    return fields

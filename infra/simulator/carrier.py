"""The carrier: everything it remembers and does, behind the REST API, the control API and the page."""

import asyncio
import random
from typing import Any

from infra.simulator.behaviour import Behaviour, Faults
from infra.simulator.journal import Journal, Line
from infra.simulator.options import Options
from infra.simulator.phones import Phone, Phones
from infra.simulator.rest.door import Door
from infra.simulator.rest.errors import CarrierError
from infra.simulator.texts.delivery import Delivery
from infra.simulator.texts.inbound import REPLIES, Outcome, opt_out_type, post_text, received_at
from infra.simulator.texts.segments import count_segments
from infra.simulator.texts.sending import read_order
from infra.simulator.texts.shelf import Shelf
from infra.simulator.texts.text import RANK, Text, new_sid, to_wire
from infra.simulator.voice.call import Call
from infra.simulator.voice.switchboard import Switchboard
from infra.simulator.webhooks.callbacks import Callbacks
from infra.simulator.webhooks.line import Lines
from infra.simulator.webhooks.signed import SignedWebhooks


class Carrier:
    """One account with one number."""

    def __init__(self, options: Options) -> None:
        rng = random.Random(options.seed)  # noqa: S311 - pauses that repeat
        self.options = options
        self.journal = Journal(options.directory / "carrier.jsonl")
        self.door = Door(options)
        self.shelf = Shelf()
        self.phones = Phones()
        # Two sets of lines: what a person waits for never stands behind a campaign's callbacks.
        self._lines = [Lines(options.lines), Lines(options.lines)]
        self.callbacks = Callbacks(SignedWebhooks(options.auth_token, self._lines[0]), options.lines, rng)
        self.webhooks = SignedWebhooks(options.auth_token, self._lines[1])
        self.delivery = Delivery(options, self.journal, self.phones, self.callbacks)
        self.delivery.behaviour = self._first_behaviour()
        self.calls = Switchboard(options, self.journal, self.phones, self.webhooks, self.callbacks)
        self._errands: set[asyncio.Task[Any]] = set()

    def _first_behaviour(self) -> Behaviour:
        options = self.options
        return Behaviour(pace=options.pace, callbacks=options.callbacks, handles_opt_out=options.handles_opt_out)

    @property
    def behaviour(self) -> Behaviour:
        """How texts are carried now."""
        return self.delivery.behaviour

    async def start(self) -> None:
        """Remember, and go on where the last life ended."""
        for line in self.journal.read():
            self._remember(line)
        self.journal.start()
        self.callbacks.start()
        for text in self.shelf.all():
            if not text.is_inbound and not text.is_final and not text.deleted:
                self.delivery.start(text)
            elif text.is_inbound and not text.answered:
                self.run(self._hand_in(text))
        self.calls.resume()

    async def stop(self) -> None:
        """Stop at once, with everything accepted on the disk."""
        self.delivery.stop()
        self.calls.stop()
        self.callbacks.stop()
        for errand in self._errands:
            errand.cancel()
        await self.journal.close()
        for lines in self._lines:
            lines.close()

    def run(self, errand: Any) -> "asyncio.Task[Any]":
        """Do something aside, and hold on to it until it is done."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    # -- texts to phones

    async def send(self, fields: dict[str, str]) -> dict[str, Any]:
        """Accept a text from the account: on disk before its resource is answered. Raises CarrierError."""
        text = read_order(fields, self.options)
        if self.behaviour.handles_opt_out and self.phones.get(text.phone).opted_out:
            raise CarrierError(21610)
        if self.delivery.queue_is_full:
            raise CarrierError(21611)
        await self._accept(text)
        resource = to_wire(text, self.options.account_sid)
        self.delivery.start(text)
        return resource

    async def _accept(self, text: Text) -> None:
        text.number = self.shelf.take_number()
        await self.journal.keep({"text": text.line()})
        self._put_on_shelf(text)

    def _put_on_shelf(self, text: Text) -> None:
        self.shelf.add(text)
        self.phones.used(text.phone, text.created_at)

    async def redact(self, text: Text) -> None:
        """Forget what a delivered text said; the phone keeps it. Raises CarrierError while under way."""
        self._refuse_under_way(text)
        await self.journal.keep({"redacted": text.sid})
        text.redacted = True

    async def delete(self, text: Text) -> None:
        """Remove a delivered text from the account. Raises CarrierError while under way."""
        self._refuse_under_way(text)
        await self.journal.keep({"deleted": text.sid})
        text.deleted = True

    async def cancel(self, text: Text) -> None:
        """Take back a scheduled text. Raises CarrierError if it has left."""
        if text.status not in {"scheduled", "accepted"}:
            raise CarrierError(20009)
        self.delivery.cancel(text)
        text.status = "canceled"
        await self.journal.keep({"status": [text.sid, "canceled", received_at(), None]})

    @staticmethod
    def _refuse_under_way(text: Text) -> None:
        if not text.is_final and text.status != "sent":
            raise CarrierError(20009)

    # -- texts from phones

    async def receive(self, phone: str, body: str) -> tuple[Text, Outcome]:
        """A phone sends a text; returns when the service's webhook has answered or failed twice."""
        text = self._from_phone(phone, body)
        await self._accept(text)
        return text, await self._hand_in(text)

    def _from_phone(self, phone: str, body: str) -> Text:
        return Text(
            number=0,
            sid=new_sid("SM"),
            direction="inbound",
            to=self.options.number,
            sender=phone,
            body=body,
            segments=count_segments(body),
            created_at=received_at(),
            status="received",
            service=self.options.service_sid,
        )

    async def _hand_in(self, text: Text) -> Outcome:
        word = opt_out_type(text.body) if self.behaviour.handles_opt_out else ""
        if word:
            await self._obey(text.phone, word)
        outcome = await post_text(text, self.options, self.webhooks, word)
        text.answered = True
        self.journal.note({"answered": text.sid})
        for reply in ([REPLIES[word]] if word else []) + outcome.replies:
            await self._reply(text.phone, reply)
        return outcome

    async def _obey(self, number: str, word: str) -> None:
        if word != "HELP":
            await self.set_phone(number, self.phones.get(number).model_copy(update={"opted_out": word == "STOP"}))

    async def _reply(self, phone: str, body: str) -> None:
        text = self._from_phone(phone, body)
        text.direction, text.to, text.sender = "outbound-reply", phone, self.options.number
        text.status = "queued"
        await self._accept(text)
        self.delivery.start(text)

    # -- what tests set

    async def set_phone(self, number: str, phone: Phone) -> None:
        """Switch a phone on or off, or set its opt-out."""
        await self.journal.keep({"phone": [number, phone.model_dump()]})
        self.phones.put(number, phone)

    async def set_faults(self, faults: Faults) -> None:
        """Make these faults from now on, also after a restart."""
        await self.journal.keep({"faults": faults.model_dump()})
        self.door.faults = faults

    async def set_behaviour(self, behaviour: Behaviour) -> None:
        """Carry texts like this from now on, also after a restart."""
        await self.journal.keep({"behaviour": behaviour.model_dump()})
        self.delivery.behaviour = behaviour

    async def forget(self) -> None:
        """Forget every text, call and phone, but not the faults and the behaviour."""
        self.delivery.stop()
        await self.journal.clear()
        self.shelf.clear()
        self.calls.clear()
        self.phones.clear()
        await self.set_faults(self.door.faults)
        await self.set_behaviour(self.behaviour)

    # -- memory

    def _remember(self, line: Line) -> None:
        for kind, value in line.items():
            match kind:
                case "text":
                    self._put_on_shelf(Text.from_line(value))
                case "status":
                    self._remember_status(*value)
                case "redacted" | "deleted" | "answered":
                    if text := self.shelf.find(value):
                        setattr(text, kind, True)
                case "call":
                    self.calls.remember(Call.from_line(value))
                case "phone":
                    self.phones.put(value[0], Phone(**value[1]))
                case "faults":
                    self.door.faults = Faults(**value)
                case "behaviour":
                    self.delivery.behaviour = Behaviour(**value)
                case _:
                    pass

    def _remember_status(self, sid: str, status: str, at: float, error: int | None) -> None:
        text = self.shelf.find(sid)
        if text is None or RANK[status] < RANK[text.status]:
            return
        text.status, text.updated_at, text.error = status, at, error
        text.sender = text.sender or self.options.number
        if RANK[status] >= RANK["sent"]:
            text.sent_at = text.sent_at or at

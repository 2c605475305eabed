"""A conversation: TwiML fetched from the service and performed, verb by verb, with a person who presses keys."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urljoin

from infra.simulator.phones import Phones
from infra.simulator.voice.call import Call
from infra.simulator.voice.twiml import TwimlError, Verb, read_twiml
from infra.simulator.webhooks.line import WebhookError
from infra.simulator.webhooks.signed import Fields, SignedWebhooks

Document = list[Verb]
MOST_DOCUMENTS = 200
WEBHOOK_FAILED = 11200
NOT_TWIML = 12100
KEYS = frozenset("0123456789*#")


@dataclass
class Gathering:
    """A `<Gather>` that waits for keys. It ends with the last digit, the finishing key, or a silence."""

    verb: Verb
    digits: str = ""
    finished_on: str = ""
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def press(self, key: str) -> None:
        """Take one key."""
        if key == self.verb.attributes.get("finishOnKey", "#"):
            self.finished_on = key
            self.end()
            return
        self.digits += key
        if len(self.digits) == self.verb.number("numDigits", 0):
            self.end()

    def end(self) -> None:
        """Stop waiting, with what there is."""
        if not self.done.done():
            self.done.set_result(None)


class Conversation:
    """One call's exchange with the service, as a task of its own; `settled` while it waits for the person."""

    def __init__(self, call: Call, account: str, webhooks: SignedWebhooks, phones: Phones) -> None:
        self.call = call
        self.gathering: Gathering | None = None
        self.settled = asyncio.Event()
        self._account = account
        self._webhooks = webhooks
        self._phones = phones
        self._url = call.url
        self._documents = 0

    async def run(self) -> None:
        """Perform documents until one ends."""
        document = await self._first()
        while document:
            document = await self._perform(document)

    def press(self, keys: str, hold: bool) -> None:
        """The person presses keys and then, unless `hold`, waits until a silence ends the gathering."""
        gathering = self.gathering
        assert gathering is not None
        self.call.log("keys", keys=keys or "(silence)")
        for key in keys:
            if not gathering.done.done():
                gathering.press(key)
        if not hold:
            gathering.end()
        if gathering.done.done():
            self.settled.clear()

    async def _first(self) -> Document:
        if self.call.twiml:
            return self._read(self.call.twiml.encode())
        return await self._fetch(self.call.method, self.call.url, {}, self.call.fallback_url)

    async def _perform(self, document: Document) -> Document:
        """The document that goes on after this one; an empty one if the call is to end."""
        for verb in document:
            following = await self._do(verb)
            if following is not None:
                return following
        return []

    async def _do(self, verb: Verb) -> Document | None:
        match verb.name:
            case "Gather":
                return await self._gather(verb)
            case "Redirect":
                return await self._go(verb, verb.text, {})
            case "Dial":
                return await self._dial(verb)
            case "Hangup":
                self.call.log("hangup")
                return []
            case "Reject":
                return self._reject(verb)
            case _:
                self._utter(verb)
                return None

    def _utter(self, verb: Verb) -> None:
        said = verb.attributes
        match verb.name:
            case "Say":
                self.call.log("say", text=verb.text, language=said.get("language"), voice=said.get("voice"))
            case "Play":
                url = urljoin(self._url, verb.text) if verb.text else ""
                self.call.log("play", url=url, digits=said.get("digits"))
            case "Pause":
                self.call.log("pause", seconds=verb.number("length", 1))
            case _:
                self.call.log("not_simulated", verb=verb.name)

    async def _gather(self, verb: Verb) -> Document | None:
        for nested in verb.nested:
            self._utter(nested)
        gathering = await self._listen(verb)
        always = verb.attributes.get("actionOnEmptyResult") == "true"
        if not gathering.digits and not always:
            return None
        fields = {"Digits": gathering.digits, "FinishedOnKey": gathering.finished_on, "msg": "Gather End"}
        return await self._go(verb, verb.attributes.get("action", ""), fields)

    async def _listen(self, verb: Verb) -> Gathering:
        gathering = self.gathering = Gathering(verb)
        self.settled.set()
        try:
            await gathering.done
        finally:
            self.gathering = None
        return gathering

    async def _dial(self, verb: Verb) -> Document | None:
        number = verb.text
        status = "completed" if self._phones.get(number).reachable else "no-answer"
        self.call.log("dial", number=number, status=status)
        action = verb.attributes.get("action")
        return None if action is None else await self._go(verb, action, {"DialCallStatus": status})

    def _reject(self, verb: Verb) -> Document:
        self.call.log("reject")
        self.call.status = "busy" if verb.attributes.get("reason") == "busy" else "no-answer"
        return []

    async def _go(self, verb: Verb, url: str, fields: Fields) -> Document:
        return await self._fetch(verb.attributes.get("method", "POST"), urljoin(self._url, url), fields)

    async def _fetch(self, method: str, url: str, fields: Fields, fallback: str = "") -> Document:
        self._url = url
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            return self._fail(WEBHOOK_FAILED, "the documents lead in a circle")
        try:
            answer = await self._webhooks.call(method, url, self.call.fields(self._account) | fields)
        except WebhookError as error:
            why = str(error)
        else:
            self._pick_up()
            if answer.is_good:
                return self._read(answer.body)
            why = f"HTTP {answer.status}"
        if fallback:
            return await self._fetch(method, fallback, fields | {"ErrorCode": str(WEBHOOK_FAILED)})
        return self._fail(WEBHOOK_FAILED, why)

    def _pick_up(self) -> None:
        """An incoming call rings until the service's first answer."""
        if self.call.status == "ringing":
            self.call.status = "in-progress"

    def _read(self, document: bytes) -> Document:
        try:
            return read_twiml(document)
        except TwimlError as error:
            return self._fail(NOT_TWIML, str(error))

    def _fail(self, code: int, why: str) -> Document:
        self.call.log("error", code=code, why=why)
        return []

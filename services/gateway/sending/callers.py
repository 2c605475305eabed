"""Those who call the carrier: some threads for each lane, so that a code never waits behind a campaign's calls."""

import queue
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

from services.gateway import metrics
from services.gateway.carrier.port import Accepted, Carrier, Outcome, TooLate, Unknown
from services.gateway.sending.judging import Ready
from services.gateway.sending.outcomes import Ended
from shared.logs import log

DEPTH_S = 0.5
"""How long a text that was claimed may wait for a caller: as many are claimed ahead as go out meanwhile."""
MOST_AHEAD = 400


class Callers:
    """One lane's threads, and the texts in their hands."""

    def __init__(self, carrier: Carrier, threads: int, base_url: str, done: Callable[[Ended], None]) -> None:
        self._carrier, self._base_url, self._done = carrier, base_url.rstrip("/"), done
        self._jobs: queue.Queue[tuple[Ready, float] | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(max(1, threads))]
        self._seconds = 0.05
        self.in_hand = 0
        self._is_stopping = False
        for thread in self._threads:
            thread.start()

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        ahead = int(len(self._threads) * (1 + DEPTH_S / max(self._seconds, 0.0005)))
        return min(ahead, MOST_AHEAD) - self.in_hand

    @property
    def has_much_room(self) -> bool:
        """Whether it is worth claiming: few large claims instead of many small ones."""
        return self.room >= max(1, self.in_hand)

    def take(self, texts: list[Ready], not_begun_after: float) -> None:
        """Hand these texts over, none after a time on `time.monotonic()`."""
        self.in_hand += len(texts)
        for text in texts:
            self._jobs.put((text, not_begun_after))

    def stop(self) -> None:
        """Finish the calls that have begun; the other texts go back."""
        self._is_stopping = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            text, not_begun_after = job
            started = time.perf_counter()
            outcome = TooLate() if self._is_stopping else self._call(text, not_begun_after)
            if not isinstance(outcome, TooLate):
                self._measure(time.perf_counter() - started)
            self._done(Ended(text, outcome))

    def _measure(self, seconds: float) -> None:
        self._seconds += 0.1 * (seconds - self._seconds)
        metrics.carrier_seconds.labels("send").observe(seconds)

    def _call(self, text: Ready, not_begun_after: float) -> Outcome:
        try:
            return self._hand_over(text, f"{self._base_url}/webhooks/twilio/status?text={text.id}", not_begun_after)
        except Exception as error:
            # Whatever it was, the carrier may have the text.
            log.error("call_failed", error=type(error).__name__)
            return Unknown("failed")

    def _hand_over(self, text: Ready, callback_url: str, not_begun_after: float) -> Outcome:
        if text.is_call:
            words_url = f"{self._base_url}/webhooks/twilio/voice?step=spoken&say={quote(text.body)}"
            return self._carrier.call(
                text.to, words_url=words_url, callback_url=callback_url, not_begun_after=not_begun_after
            )
        return self._carrier.send(
            text.to,
            text.body,
            callback_url=callback_url,
            valid_for_s=text.valid_for_s,
            not_begun_after=not_begun_after,
        )


def is_accepted(ended: Ended) -> bool:
    """Whether the carrier has taken the text."""
    return isinstance(ended.outcome, Accepted)

"""All texts in memory, in order, and by phone."""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import islice

from infra.simulator.texts.text import Text


class Shelf:
    """Texts by identifier, by number and by phone, newest last."""

    def __init__(self) -> None:
        self._all: list[Text] = []
        self._by_sid: dict[str, Text] = {}
        self._by_phone: defaultdict[str, list[Text]] = defaultdict(list)
        self.next_number = 1

    def clear(self) -> None:
        """Forget all texts; their numbers are not used again."""
        self._all.clear()
        self._by_sid.clear()
        self._by_phone.clear()

    def take_number(self) -> int:
        """The place of a text that is being accepted."""
        self.next_number += 1
        return self.next_number - 1

    def add(self, text: Text) -> None:
        """Put an accepted text on the shelf."""
        self._all.append(text)
        self._by_sid[text.sid] = text
        self._by_phone[text.phone].append(text)
        self.next_number = max(self.next_number, text.number + 1)

    def find(self, sid: str) -> Text | None:
        """The text, unless it was deleted."""
        text = self._by_sid.get(sid)
        return None if text is None or text.deleted else text

    def of_phone(self, phone: str) -> list[Text]:
        """What a phone sent and was sent, in order, deleted ones too: they are still on the phone."""
        return self._by_phone.get(phone, [])

    def all(self) -> list[Text]:
        """Every text, in order."""
        return self._all

    def newest_first(
        self, matches: Callable[[Text], bool], *, phone: str | None, before: int | None, limit: int
    ) -> list[Text]:
        """Up to `limit` texts, not deleted ones, older than number `before`; `phone` narrows the search."""
        texts = self._all if phone is None else self.of_phone(phone)
        found = (
            text
            for text in reversed(texts)
            if not text.deleted and (before is None or text.number < before) and matches(text)
        )
        return list(islice(found, limit))

    def place_of(self, sid: str) -> int | None:
        """The number of a text, deleted or not."""
        text = self._by_sid.get(sid)
        return text.number if text else None

    def count_by_status(self) -> Counter[str]:
        """How many texts to phones there are in each status."""
        return Counter(text.status for text in self._all if not text.is_inbound)

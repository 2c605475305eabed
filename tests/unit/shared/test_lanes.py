import pytest

from shared.messages.model import Lane
from shared.messages.subscriptions import Queue
from shared.messaging.bus import LaneInbox
from shared.messaging.deliveries import Handler
from shared.messaging.wire import Delivery

QUEUE = Queue("probe.note", "probe.note", "probe", Lane.NORMAL, ())


@pytest.mark.parametrize(
    ("most", "sizes"), [(None, [30, 20]), (20, [20, 20, 10]), (40, [30, 20])], ids=["unbounded", "bounded", "above"]
)
def test_a_batch_is_bounded_by_the_setting_and_by_its_handler(most: int | None, sizes: list[int]) -> None:
    lane = LaneInbox(QUEUE, Handler("probe.note", {}, lambda db, message: None, most=most), 30)
    for tag in range(50):
        lane.put(tag, Delivery(QUEUE.name, b"{}", {}, str(tag)))
    taken = [lane.take() for _ in sizes]
    assert [len(batch) for batch in taken] == sizes
    assert [tag for batch in taken for tag, _ in batch] == list(range(50))
    assert not lane.ready.is_set()

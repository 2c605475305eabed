"""Staff reads that are not projected: nameko RPC with everything sealed. No family path uses it.

nameko is imported at once, not at the first read: eventlet, first imported in a thread, keeps its process from ending.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from nameko.exceptions import RpcTimeout
from nameko.rpc import rpc
from nameko.standalone.rpc import ClusterRpcProxy

from shared.database import engine_of, open_session
from shared.messages.subscriptions import PART_OF
from shared.messaging.topology import READS_EXCHANGE
from shared.sealing import Purpose, keys
from shared.settings import Settings, settings

if TYPE_CHECKING:
    import sqlalchemy as sa


class StaffReadUnavailable(Exception):
    """The service did not answer in time, or failed; the page says so, and nothing else breaks."""


def staff_read(method: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a read to the staff console: `def name(self, db, **arguments)` → anything JSON can carry.

    The method runs in a transaction that can only read. LookupError is told to the caller as such.
    """

    @wraps(method)
    def answer(self: Any, sealed: str) -> str:
        arguments = json.loads(_unseal(self.name, sealed, f"{self.name}.{method.__name__}"))
        return _seal(self.name, {"result": _read(self, method, arguments)}, f"{self.name}.{method.__name__}.answer")

    return rpc(answer, expected_exceptions=LookupError)


def _read(service: Any, method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    with open_session(_reading_engine(service.name)) as db:
        db.connection(execution_options={"postgresql_readonly": True})
        try:
            return method(service, db, **arguments)
        except LookupError:
            raise LookupError from None  # its text may name what was looked for
        finally:
            db.rollback()


@cache
def _reading_engine(service: str) -> sa.Engine:
    return engine_of(PART_OF[service], settings(), connections=3)


def _seal(service: str, content: Any, about: str) -> str:
    return keys().seal(Purpose(f"messages:{service}"), json.dumps(content, default=str).encode(), about)


def _unseal(service: str, sealed: str, about: str) -> bytes:
    return keys().unseal(Purpose(f"messages:{service}"), sealed, about)


def reads_config(settings: Settings) -> dict[str, Any]:
    """nameko's configuration for staff reads, of whoever requests or answers them."""
    return {"AMQP_URI": settings.amqp_url, "serializer": "json", "rpc_exchange": READS_EXCHANGE}


class StaffReads:
    """A small pool of standing proxies, each used by one thread at a time: a new one is slow, a shared one hangs."""

    def __init__(self, settings: Settings, size: int = 4, timeout_s: float = 4) -> None:
        self._config = reads_config(settings)
        self._timeout_s = timeout_s
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)

    async def call(self, service: str, method: str, **arguments: Any) -> Any:
        """A service's answer. Raises StaffReadUnavailable, or LookupError where it found nothing."""
        return await to_thread.run_sync(self._call, service, method, arguments)

    def _call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        try:
            cluster = self._free.get(timeout=self._timeout_s)
        except queue.Empty:
            raise StaffReadUnavailable from None
        try:
            cluster = cluster or _Proxy(self._config, self._timeout_s)
            answer = cluster.call(service, method, _seal(service, arguments, f"{service}.{method}"))
        except Exception as error:
            if cluster is not None:
                cluster.close()
            self._free.put(None)
            if getattr(error, "exc_type", "") == "LookupError":
                raise LookupError from None
            raise StaffReadUnavailable from error
        self._free.put(cluster)
        return json.loads(_unseal(service, answer, f"{service}.{method}.answer"))["result"]

    def close(self) -> None:
        """Close every proxy that is free."""
        while not self._free.empty():
            cluster = self._free.get()
            if cluster is not None:
                cluster.close()


class _Proxy:
    def __init__(self, config: dict[str, Any], timeout_s: float) -> None:
        self._cluster = ClusterRpcProxy(config, timeout=timeout_s)
        self._proxy = self._cluster.start()

    def call(self, service: str, method: str, sealed: str) -> str:
        return getattr(getattr(self._proxy, service), method)(sealed)

    def close(self) -> None:
        try:
            self._cluster.stop()
        except (RpcTimeout, OSError, RuntimeError):
            return

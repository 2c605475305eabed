"""Staff reads without a broker: the services' own methods on their own databases; only the wire is short."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from services.appointments.service import AppointmentsService
from services.gateway.service import GatewayService
from services.matching.service import MatchingService
from services.outreach.service import OutreachService
from services.reports.service import ReportsService
from shared.database import open_session
from shared.messaging.rpc import StaffReadUnavailable
from shared.parts import Part

SERVICES = {s.name: s for s in (ReportsService, MatchingService, AppointmentsService, OutreachService, GatewayService)}


class ShortReads:
    """Answers as `StaffReads` does. `away`: services that do not answer."""

    def __init__(self, database: Callable[[Part], sa.Engine]) -> None:
        self.away: set[str] = set()
        self._database = database

    async def call(self, service: str, method: str, **arguments: Any) -> Any:
        """A service's answer."""
        if service in self.away or service not in SERVICES:
            raise StaffReadUnavailable
        return await asyncio.to_thread(self._call, service, method, json.loads(json.dumps(arguments)))

    def _call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        read = getattr(SERVICES[service], method).__wrapped__
        with open_session(self._database(Part(service))) as db:
            db.connection().exec_driver_sql("SET TRANSACTION READ ONLY")  # as the services read for staff
            try:
                return json.loads(json.dumps(read(SERVICES[service](), db, **arguments), default=str))
            except LookupError:
                raise LookupError from None

    def close(self) -> None:
        """Nothing is kept open."""

"""What every request finds at hand, made once when the portal starts: its database, limits, settings and the rest."""

from starlette.requests import Request

from portal.database import Database
from portal.limits import Limits
from portal.outcomes import Outcomes
from shared.messaging.rpc import StaffReads
from shared.settings import Settings


def database_of(request: Request) -> Database:
    """The portal's database."""
    return request.app.state.database


def limits_of(request: Request) -> Limits:
    """The portal's limits."""
    return request.app.state.limits


def outcomes_of(request: Request) -> Outcomes:
    """Where a page waits for how its command ended."""
    return request.app.state.outcomes


def settings_of(request: Request) -> Settings:
    """The portal's settings."""
    return request.app.state.settings


def staff_reads_of(request: Request) -> StaffReads:
    """Reads that are not projected; no family's path asks for them."""
    return request.app.state.staff_reads


class AtHand:
    """Beside a request of its own, what that finds at hand."""

    __slots__ = ()
    request: Request

    @property
    def database(self) -> Database:
        """The portal's database."""
        return database_of(self.request)

    @property
    def limits(self) -> Limits:
        """The portal's limits."""
        return limits_of(self.request)

    @property
    def outcomes(self) -> Outcomes:
        """How commands ended."""
        return outcomes_of(self.request)

    @property
    def settings(self) -> Settings:
        """The portal's settings."""
        return settings_of(self.request)

    @property
    def staff_reads(self) -> StaffReads:
        """Reads that are not projected."""
        return staff_reads_of(self.request)

"""Who listens to what. The topology is declared from here, a service's entrypoints are checked against it at start,
and an event that nobody listens to is not published."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.messages import appointments, gateway, matching, outreach, reports
from shared.messages.model import Command, CommandRefused, Event, Lane, Message, exchange_of, routing_key_of
from shared.parts import Part

OWNERS = {
    "reports": reports.MESSAGES,
    "appointments": appointments.MESSAGES,
    "matching": matching.MESSAGES,
    "outreach": outreach.MESSAGES,
    "gateway": gateway.MESSAGES,
}

LISTENS: dict[str, tuple[type[Message], ...]] = {
    "reports": (
        appointments.SampleCollected,
        matching.SampleStateChanged,
        matching.ContactRequested,
        matching.MeetingRecorded,
    ),
    "matching": (reports.ReportChanged, appointments.SampleCollected),
    "appointments": (reports.ReportChanged,),
    "outreach": (reports.ReportChanged, gateway.BatchProgressed),
    "gateway": (reports.ContactChanged,),
    "projector": (
        reports.ReportAccepted,
        reports.ReportChanged,
        reports.ContactChanged,
        reports.WishesChanged,
        reports.SecondContactChanged,
        reports.ConcernChanged,
        reports.PhotoChanged,
        appointments.SiteChanged,
        appointments.SessionChanged,
        appointments.VisitBooked,
        appointments.VisitCancelled,
        appointments.VisitAttended,
        appointments.VisitMissed,
        appointments.WaitingChanged,
        outreach.MeetingChanged,
        outreach.NoticeSent,
        outreach.ReplyRecorded,
        gateway.OptOutChanged,
        *(c.refused for models in OWNERS.values() for c in models if issubclass(c, Command) and not c.is_internal),
    ),
}

SENT_BY_SERVICES: dict[Part, tuple[type[Command], ...]] = {
    Part.REPORTS: (gateway.Send,),
    Part.APPOINTMENTS: (gateway.Send,),
    Part.OUTREACH: (gateway.Send, gateway.SendBatch, gateway.RecallNotice),
}
"""Which commands of other parts a service sends. Its own internal ones it sends itself, too; people's come from the
portal."""

ONLY_SENT_BY_SERVICES = (gateway.SendBatch, gateway.RecallNotice)
"""What the portal does not send."""

PART_OF = {**{p.value: p for p in Part if p is not Part.PORTAL}, "projector": Part.PORTAL}
"""Whose database a consumer's inbox is in."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: one per handler and lane. A handler of refusals listens to many kinds of them."""

    name: str
    handler: str
    consumer: str
    lane: Lane
    models: tuple[type[Message], ...]

    @property
    def bindings(self) -> list[tuple[str, str]]:
        """The exchanges it is bound to, each with a routing key."""
        return [(exchange_of(m), routing_key_of(m, self.lane)) for m in self.models]


REFUSED = "refused"


def commands_sent_by(part: Part) -> list[type[Command]]:
    """The commands that may stand in a part's outbox."""
    commands = [m for models in OWNERS.values() for m in models if issubclass(m, Command)]
    if part is Part.PORTAL:
        return [c for c in commands if not c.is_internal and c not in ONLY_SENT_BY_SERVICES]
    return [c for c in commands if (c.is_internal and c.owner == part) or c in SENT_BY_SERVICES.get(part, ())]


def events_of(part: Part) -> list[type[Event]]:
    """The events that may stand in a part's outbox: its own, and the refusals of commands to it."""
    models = OWNERS.get(part, ())
    events: list[type[Event]] = [m for m in models if issubclass(m, Event)]
    return [*events, *(m.refused for m in models if issubclass(m, Command))]


def heard_by(consumer: str) -> dict[str, tuple[type[Message], ...]]:
    """What a consumer handles: the handler's name → the models it takes."""
    commands = [m for m in OWNERS.get(consumer, ()) if issubclass(m, Command)]
    heard: dict[str, tuple[type[Message], ...]] = {}
    for model in (*commands, *LISTENS.get(consumer, ())):
        name = f"{consumer}.{REFUSED if issubclass(model, CommandRefused) else model.kind}"
        heard[name] = (*heard.get(name, ()), model)
    return heard


def queues_of(consumer: str) -> Iterator[Queue]:
    """The queues that a consumer reads."""
    for handler, models in heard_by(consumer).items():
        for lane in models[0].lanes:
            yield Queue(queue_name(handler, lane), handler, consumer, lane, models)


def queue_name(handler: str, lane: Lane) -> str:
    """`gateway.send` → `gateway.send.urgent`; the normal lane has no ending."""
    return handler if lane is Lane.NORMAL else f"{handler}.{lane}"


def all_queues() -> list[Queue]:
    """Every queue of the system."""
    return [q for consumer in LISTENS for q in queues_of(consumer)]


@cache
def has_listener(model: type[Message]) -> bool:
    """Whether anybody reads it; a command always is."""
    return issubclass(model, Command) or any(model in listened for listened in LISTENS.values())

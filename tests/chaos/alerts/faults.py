"""Every alert's fault: how it is made, kept up, and undone. Faults that do not disturb each other go in one wave."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from shared.bounded_columns import MOMENTS
from shared.parts import Part
from tests.chaos.alerts.hands import Hands, a_carrier_id, wait_for
from tests.chaos.catchup.backlog import write_backlog
from tests.chaos.ground import DATABASE


def nothing() -> None:
    """Nothing has to be done."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and the alerts that must fire. `keep` is done again and again until they do."""

    alerts: tuple[str, ...]
    what: str
    make: Callable[[], None] = nothing
    keep: Callable[[], None] = nothing
    undo: Callable[[], None] = nothing


CONCERN = "SELECT 1 FROM concern WHERE id = %s"
MEETING_OF_1850 = """
INSERT INTO meeting (id, version, title, place, governorate, starts_at, time_zone, is_public, is_cancelled, institution,
    planned_by)
VALUES (gen_random_uuid(), 1, '{"en": "Meeting"}', '{"en": "Sinjar"}', 'IQ-NI', '1850-01-01Z', 'Asia/Baghdad', false,
    true, 'mgd', gen_random_uuid())
"""
ALWAYS = "NothingFires"
"""The alert that fires for as long as alerting works."""


def waves(hands: Hands) -> list[list[Fault]]:
    """All faults, in the order in which they are made."""
    return [
        [a_stopped_consumer(hands), a_parked_message(hands), an_unroutable_message(hands), forged_webhooks(hands)],
        [a_consumer_cut_off(hands), a_retry_storm(hands), a_row_that_nobody_can_fire(hands)],
        [a_full_broker(hands), a_slow_database(hands)],
        [a_relay_cut_off(hands)],
        [a_dead_relay(hands)],
        [a_database_that_is_down(hands)],
        [a_silent_carrier(hands)],
        [a_carrier_that_fails(hands)],
        [a_consumer_that_is_late(hands), a_text_that_nobody_can_settle(hands)],
        [
            an_opt_out_surge(hands),
            a_text_under_two_ids(hands),
            a_screening(hands),
            a_guesser(hands),
            a_trier_of_references(hands),
        ],
        [an_answer_that_is_late(hands), a_key_that_ends(hands), a_row_out_of_bounds(hands)],
    ]


def a_stopped_consumer(hands: Hands) -> Fault:
    ground = hands.ground
    return Fault(
        ("PartDown",), "a service is killed, and not started again",
        make=lambda: ground.put_down("matching"), undo=lambda: ground.let_up("matching"),
    )  # fmt: skip


def a_parked_message(hands: Hands) -> Fault:
    def discard() -> None:
        for (row,) in hands.ground.rows(Part.REPORTS, "SELECT id FROM failed_message WHERE state = 'parked'"):
            hands.ground.errand("parked", "discard", "reports", str(row), "--reason", "the fault is undone")

    return Fault(("ParkedMessages",), "a truncated message arrives", make=hands.publish_nonsense, undo=discard)


def an_unroutable_message(hands: Hands) -> Fault:
    statement = "DELETE FROM outbox WHERE routing_key = 'reports.of_a_later_version'"
    return Fault(
        ("Unroutable",), "a message of a later version has no queue",
        make=lambda: hands.tell_unroutable(Part.PORTAL), undo=lambda: hands.run(Part.PORTAL, statement),
    )  # fmt: skip


def forged_webhooks(hands: Hands) -> Fault:
    return Fault(("ForgedWebhooks",), "webhooks come without the carrier's signature", keep=lambda: hands.forge(10))


def a_consumer_cut_off(hands: Hands) -> Fault:
    line, lines = "outreach-broker", hands.ground.lines

    def make() -> None:
        lines.freeze(line)
        lines.cut(line)

    return Fault(("ConsumerAbsent",), "a service loses its line to the broker", make, undo=lambda: lines.thaw(line))


def a_retry_storm(hands: Hands) -> Fault:
    def make() -> None:
        hands.run(Part.PORTAL, "ALTER TABLE phone_opt_out RENAME TO phone_opt_out_away")
        hands.tell_changes(100)

    def undo() -> None:
        hands.run(Part.PORTAL, "ALTER TABLE phone_opt_out_away RENAME TO phone_opt_out")

    return Fault(("RetryStorm",), "a table is gone, and a hundred messages fail for it", make, undo=undo)


def a_row_that_nobody_can_fire(hands: Hands) -> Fault:
    def undo() -> None:
        hands.let_go()
        hands.run(Part.APPOINTMENTS, "DELETE FROM due_message WHERE key = 'overdue'")
        hands.run(Part.APPOINTMENTS, "DELETE FROM outbox WHERE routing_key = 'nobody.hears'")

    return Fault(
        ("DueRowsOverdue",), "a transaction that never ends holds a row that is due",
        make=lambda: hands.hold_a_due_row(Part.APPOINTMENTS), undo=undo,
    )  # fmt: skip


def a_full_broker(hands: Hands) -> Fault:
    control = hands.ground.node.control

    def make() -> None:
        control("set_disk_free_limit", "1000000GB")
        control("set_vm_memory_high_watermark", "absolute", "1MB")
        hands.tell_changes(5)

    def undo() -> None:
        control("set_disk_free_limit", "100MB")
        control("set_vm_memory_high_watermark", "0.4")

    return Fault(("BrokerAlarm", "OutboxAgeing"), "the broker's disk and memory are full", make, undo=undo)


def a_slow_database(hands: Hands) -> Fault:
    return Fault(
        ("SlowStatusPages",), "somebody locks the table that log-ins need, a second at a time",
        make=lambda: hands.hold_by_turns(Part.PORTAL, "challenge", held_s=1, first_s=1, between_s=0.05),
        keep=hands.ask_for_status, undo=hands.let_go,
    )  # fmt: skip


def a_relay_cut_off(hands: Hands) -> Fault:
    line, lines = "relay-broker", hands.ground.lines

    def make() -> None:
        lines.freeze(line)
        lines.cut(line)

    return Fault(("NoActiveRelay",), "the relay loses its line to the broker", make, undo=lambda: lines.thaw(line))


def a_dead_relay(hands: Hands) -> Fault:
    ground = hands.ground
    return Fault(
        ("DueRowsUnwatched", "PartDown"), "the relay is killed, and not started again",
        make=lambda: ground.put_down("relay"), undo=lambda: ground.let_up("relay"),
    )  # fmt: skip


def a_database_that_is_down(hands: Hands) -> Fault:
    """Three of the projector's handlers have messages in hand, so that enough tries fail within a shortened window."""

    def make() -> None:
        hands.ground.pause("projector")
        hands.tell_changes(100)
        write_backlog(hands.ground, 100)
        for _ in range(20):
            hands.introduce(uuid4(), 1)
        wait_for(lambda: hands.ground.queued() >= 200, lambda: hands.ground.tend(0.2), 20)
        hands.ground.put_down(DATABASE)
        hands.ground.go_on("projector")

    return Fault(
        ("DatabaseAway", "DoorFails"), "PostgreSQL is killed, and not started again", make,
        keep=lambda: hands.knock("/en/meetings", 5), undo=lambda: hands.ground.let_up(DATABASE),
    )  # fmt: skip


def a_silent_carrier(hands: Hands) -> Fault:
    def make() -> None:
        hands.set_carrier("faults", no_answer=1.0)
        hands.text("HELP", 40)

    return Fault(("UrgentTextsWait",), "the carrier answers nothing", make, undo=lambda: hands.set_carrier("faults"))


def a_carrier_that_fails(hands: Hands) -> Fault:
    return Fault(
        ("CarrierErrors",), "the carrier answers every call with an error",
        make=lambda: hands.set_carrier("faults", error_500=1.0), keep=lambda: hands.text("HELP", 2),
        undo=lambda: hands.set_carrier("faults"),
    )  # fmt: skip


def a_consumer_that_is_late(hands: Hands) -> Fault:
    """Between two locks one or two batches of a hundred get through: fewer than come, so that it goes on being late."""
    return Fault(
        ("MessagesHandledLate",), "a long transaction locks a table that a handler writes to",
        make=lambda: hands.hold_by_turns(Part.PORTAL, "phone_opt_out", held_s=4, first_s=70, between_s=0),
        keep=lambda: hands.tell_changes(50), undo=hands.let_go,
    )  # fmt: skip


def a_text_that_nobody_can_settle(hands: Hands) -> Fault:
    """Its answer is lost, and the number that it went to is no longer its contact's."""
    contact, texts = uuid4(), [uuid4()]

    def make() -> None:
        hands.introduce(contact, 1)
        hands.set_carrier("behaviour", callbacks=False)
        hands.set_carrier("faults", accept_then_cut=1.0)
        texts[0] = hands.send(contact)
        wait_for(lambda: hands.state_of(texts[0]) == "sending", lambda: hands.ground.tend(0.2), 30)
        hands.introduce(contact, 2)

    def undo() -> None:
        hands.set_carrier("faults")
        hands.set_carrier("behaviour", callbacks=True)
        hands.call_back(texts[0], a_carrier_id())

    return Fault(("UnsettledTexts",), "an answer of the carrier is lost, and the family's number changes", make,
                 undo=undo)  # fmt: skip


def an_opt_out_surge(hands: Hands) -> Fault:
    return Fault(("OptOutSurge",), "many phones write STOP", make=lambda: hands.text("STOP", 60))


def a_text_under_two_ids(hands: Hands) -> Fault:
    """The carrier says that it has one of our texts under a second id."""
    contact = uuid4()

    def make() -> None:
        hands.introduce(contact, 1)
        text = hands.send(contact)
        wait_for(lambda: hands.state_of(text) == "handed_over", lambda: hands.ground.tend(0.2), 30)
        hands.call_back(text, a_carrier_id())

    return Fault(("TextSentTwice",), "the carrier names a second id for a text", make)


def a_screening(hands: Hands) -> Fault:
    return Fault(("SearchLimitReached",), "an institution searches for more people than it may",
                 make=lambda: hands.search(200), keep=lambda: hands.search(1))  # fmt: skip


def a_trier_of_references(hands: Hands) -> Fault:
    return Fault(("ForeignReferences",), "an institution asks for references that are not its own",
                 make=lambda: hands.ask_for_references(60), keep=lambda: hands.ask_for_references(2))  # fmt: skip


def an_answer_that_is_late(hands: Hands) -> Fault:
    """A family complains, and the day on which an answer was promised is past."""
    concern, references = uuid4(), [""]

    def make() -> None:
        references[0] = hands.take_report()
        hands.complain(references[0], concern)
        known = lambda: bool(hands.ground.rows(Part.REPORTS, CONCERN, concern))  # noqa: E731
        wait_for(known, lambda: hands.ground.tend(0.2), 30)
        hands.run(Part.REPORTS, "UPDATE concern SET due_at = now() - interval '1 day'")

    return Fault(("ConcernsLate",), "a family's complaint is not answered in time", make,
                 undo=lambda: hands.answer(references[0], concern))  # fmt: skip


def a_key_that_ends(hands: Hands) -> Fault:
    def ends_in(days: int) -> None:
        hands.run(Part.PORTAL, f"UPDATE api_key SET expires_at = now() + interval '{days} days'")

    return Fault(("ApiKeyEnds",), "an institution's key ends in a week",
                 make=lambda: ends_in(7), undo=lambda: ends_in(300))  # fmt: skip


def a_row_out_of_bounds(hands: Hands) -> Fault:
    """A meeting from before moments were bounded, as an upgrade finds it."""

    def make() -> None:
        hands.run(Part.OUTREACH, "ALTER TABLE meeting DROP CONSTRAINT starts_at_bounded")
        hands.run(Part.OUTREACH, MEETING_OF_1850)
        add_check = f"ALTER TABLE meeting ADD CONSTRAINT starts_at_bounded CHECK (starts_at {MOMENTS}) NOT VALID"
        hands.run(Part.OUTREACH, add_check)

    def undo() -> None:
        hands.run(Part.OUTREACH, "UPDATE meeting SET starts_at = now() WHERE starts_at < '1900-01-01Z'")
        hands.ground.errand("migrate")

    return Fault(("ColumnsOutOfBounds",), "a meeting's year is 1850", make, undo=undo)


def a_guesser(hands: Hands) -> Fault:
    return Fault(("LogInsRefused",), "somebody guesses one-time codes from many addresses",
                 keep=lambda: hands.guess_codes(50))  # fmt: skip

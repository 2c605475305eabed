"""The gateway service: what comes in, and which rule answers it. The sender runs beside, in the same process."""

import threading
from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider
from sqlmodel import Session

from services.gateway import address_book, carrier_status, for_staff, inbound, opting_out, texts
from services.gateway.carrier.twilio_carrier import TwilioCarrier
from services.gateway.sender_loop import Sender
from services.gateway.words import preview
from shared.database import engine_of
from shared.messages.gateway import OptIn, OptOut, RecallNotice, RecordDelivery, RecordInbound, Send, SendBatch
from shared.messages.reports import ContactChanged
from shared.messaging.bus import command, event
from shared.messaging.rpc import staff_read
from shared.parts import Part
from shared.settings import settings


class SenderLoop(DependencyProvider):
    """Starts the sender with the service and stops it with it."""

    def start(self) -> None:
        """Send from now on."""
        self._stop = threading.Event()
        engine = engine_of(Part.GATEWAY, settings(), connections=4)
        self._sender = Sender(engine, TwilioCarrier(settings()), settings())
        container: Any = self.container
        self._thread = container.spawn_managed_thread(lambda: self._sender.run(self._stop), identifier="sender")

    def stop(self) -> None:
        """Finish what is in hand."""
        self._stop.set()
        self._sender.wake()
        self._thread.wait()


class GatewayService:
    """The one door to the carrier."""

    name = "gateway"

    sender = SenderLoop()

    @event(ContactChanged)
    def on_contact_changed(self, db: Session, message: ContactChanged) -> None:
        address_book.keep_contact(db, message)

    @command(Send, together=True)
    def on_sends(self, db: Session, messages: Sequence[Send]) -> list[None]:
        texts.accept_texts(db, messages)
        return [None for _ in messages]

    @command(SendBatch)
    def on_send_batch(self, db: Session, message: SendBatch) -> None:
        texts.accept_batch(db, message)

    @command(RecallNotice)
    def on_recall_notice(self, db: Session, message: RecallNotice) -> None:
        texts.recall_notice(db, message)

    @command(RecordDelivery, together=True)
    def on_record_deliveries(self, db: Session, messages: Sequence[RecordDelivery]) -> list[None]:
        carrier_status.record_deliveries(db, messages)
        return [None for _ in messages]

    @command(RecordInbound)
    def on_record_inbound(self, db: Session, message: RecordInbound) -> None:
        inbound.record_inbound(db, message)

    @command(OptOut)
    def on_opt_out(self, db: Session, message: OptOut) -> None:
        opting_out.opt_out(db, message)

    @command(OptIn)
    def on_opt_in(self, db: Session, message: OptIn) -> None:
        opting_out.opt_in(db, message)

    @staff_read
    def notice_progress(self, db: Session, notice: str) -> dict[str, int]:
        """How many of a notice's texts are where."""
        return for_staff.notice_progress(db, notice)

    @staff_read
    def texts_of(self, db: Session, contact: str, limit: int = 50) -> list[dict[str, Any]]:
        """A contact's latest texts, without their words."""
        return for_staff.texts_of(db, contact, limit)

    @staff_read
    def texts_unsettled(self, db: Session, limit: int = 100) -> list[dict[str, Any]]:
        """Texts of which nobody can say whether the carrier has them."""
        return for_staff.texts_unsettled(db, limit)

    @staff_read
    def preview(self, db: Session, template: str, values: dict[str, Any], time_zone: str) -> list[dict[str, Any]]:
        """How a text will read, language by language."""
        return preview.preview(template, values, time_zone)

    @staff_read
    def carrier_health(self, db: Session) -> dict[str, Any]:
        """How the carrier does."""
        return for_staff.carrier_health(db)

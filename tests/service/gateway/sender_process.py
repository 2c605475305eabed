"""A sender as a process of its own, to be killed: `python -m tests.service.gateway.sender_process`, settings by env."""

import threading

from services.gateway.carrier.twilio_carrier import TwilioCarrier
from services.gateway.sender_loop import Sender
from shared.database import engine_of
from shared.parts import Part
from shared.settings import settings

if __name__ == "__main__":
    config = settings()
    Sender(engine_of(Part.GATEWAY, config), TwilioCarrier(config), config).run(threading.Event())

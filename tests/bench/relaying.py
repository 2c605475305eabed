"""The relay as the process it is in earnest: `python -m tests.bench.relaying`, one relay for each part's database."""

import threading

from shared.messaging.relay import Relay
from shared.parts import Part
from shared.settings import settings

if __name__ == "__main__":
    threads = [threading.Thread(target=Relay(part, settings()).run) for part in Part]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

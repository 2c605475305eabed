"""The metrics that every part has. Names start with `sila_`, units are base units, labels are never personal."""

from importlib.metadata import version
from socket import AF_INET6
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import Counter, Gauge, Histogram, Info, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

FOR_GOOD_S = 86_400.0
FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.005, 0.025, 0.1, 0.5, 1, 2, 5, 15, 60, 300, 1800, 7200, 86400)

messages_handled = Counter(
    "sila_messages_handled_total", "Messages by handler and what became of them.", ["service", "message", "outcome"]
)
batch_seconds = Histogram(
    "sila_message_batch_seconds", "How long a batch of messages took.", ["service", "message"], buckets=FAST
)
message_age = Histogram("sila_message_age_seconds", "From publishing to handled.", ["service", "message"], buckets=SLOW)
retries = Counter("sila_message_retries_total", "Messages tried again.", ["service", "message"])
database_away = Counter("sila_database_away_total", "Batches that waited for the database.", ["service"])
broker_connections = Counter("sila_broker_connections_total", "Connections made to the broker.", ["process"])
consuming = Gauge("sila_consuming", "Whether this process reads its service's queues.", ["service"])

outbox_waiting = Gauge("sila_outbox_rows", "Outbox rows waiting for the broker's confirmation.", ["part"])
outbox_oldest = Gauge("sila_outbox_oldest_age_seconds", "Age of the oldest outbox row.", ["part"])
outbox_unroutable = Gauge("sila_outbox_unroutable_rows", "Outbox rows that no queue takes.", ["part"])
published = Counter("sila_outbox_published_total", "Messages confirmed by the broker.", ["part"])
parked = Gauge("sila_parked_messages", "Messages parked for a person.", ["part", "queue"])
retrying = Gauge("sila_retrying_messages", "Messages that wait for another try.", ["part"])
due_oldest = Gauge("sila_due_oldest_overdue_seconds", "How long the oldest due row is overdue.", ["part"])
out_of_bounds = Gauge(
    "sila_columns_out_of_bounds", "Columns in which a row has a day or moment before 1900 or after 2100.", ["part"]
)
broker_blocked = Gauge(
    "sila_broker_blocked", "Whether the broker takes no messages: its memory or disk is full.", ["part"]
)
due_looked_at = Gauge("sila_due_looked_at_timestamp_seconds", "When a relay last looked for what is due.", ["part"])
relay_active = Gauge("sila_relay_active", "Whether this process is the active relay of a part.", ["part"])

texts = Counter("sila_texts_total", "Texts by what became of them.", ["channel", "direction", "status"])

build_info = Info("sila_build", "What is running.")


def serve_metrics(process: str, port: int, address: str = "127.0.0.1") -> None:
    """Answer `/metrics` on a port of this process's own."""
    build_info.info({"version": version("sila"), "process": process})
    server = make_server(address, port, make_wsgi_app(), _ServerV6 if ":" in address else ThreadingWSGIServer, _Silent)
    # Not `start_http_server`, which looks twice a second whether it should end: it ends with its process.
    Thread(target=server.serve_forever, args=(FOR_GOOD_S,), name="metrics", daemon=True).start()


class _ServerV6(ThreadingWSGIServer):
    address_family = AF_INET6


class _Silent(WSGIRequestHandler):
    """Writes no line for each time that it is asked."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

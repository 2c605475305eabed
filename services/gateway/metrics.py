"""What the gateway counts for operators. No label is personal."""

from prometheus_client import Counter, Gauge, Histogram

from shared.metrics import texts

carrier_seconds = Histogram(
    "sila_carrier_request_seconds",
    "How long the carrier took to answer.",
    ["request"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
carrier_errors = Counter("sila_carrier_errors_total", "Calls that the carrier did not take, by its code.", ["code"])
texts_waiting = Gauge("sila_texts_waiting", "Texts that are due and wait for the carrier.", ["lane"])
oldest_waiting = Gauge("sila_texts_oldest_waiting_seconds", "How long the oldest due text has waited.", ["lane"])
texts_unsettled = Gauge(
    "sila_texts_unsettled", "Texts of the last week of which nobody can say whether the carrier has them."
)
sent_twice = Counter("sila_texts_sent_twice_total", "Texts that the carrier has under two ids. Must stay 0.")
leases_over = Counter("sila_text_leases_over_total", "Texts that had to be settled, by outcome.", ["outcome"])

__all__ = ["texts"]

"""What the doors count besides their requests."""

from prometheus_client import Counter

log_ins = Counter("sila_log_ins_total", "Log-ins, by door, way and outcome.", ["door", "by", "outcome"])
slowed = Counter(
    "sila_requests_slowed_total", "Requests beyond a limit that slows down: held or refused.", ["limit", "outcome"]
)
connections_closed = Counter("sila_connections_closed_total", "Connections that were closed for a limit.", ["reason"])
moments_left_out = Counter(
    "sila_moments_left_out_total", "Times that a page left out a moment before 1900 or after 2100."
)


def note_log_in(door: str, by: str, *, is_right: bool) -> None:
    """Count a log-in or a refused one."""
    log_ins.labels(door, by, "entered" if is_right else "refused").inc()

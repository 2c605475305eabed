"""What the doors count besides their requests."""

from prometheus_client import Counter

from shared.figures import Figure

log_ins = Counter("sila_log_ins_total", "Log-ins, by door, way and outcome.", ["door", "by", "outcome"])
foreign_references = Counter(
    "sila_foreign_references_total",
    "References that are unknown or another institution's, asked for beyond the limit, by who asked.",
    ["by"],
)
for _by in ("staff", "key"):  # from the start: a counter that appears with its first 1 has increased by nothing
    foreign_references.labels(_by)
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


FIGURES = (
    Figure(
        "sila_api_key_ends_timestamp_seconds",
        "When the first of an institution's keys ends that no newer one has replaced.",
        ("institution",),
        """
        SELECT k.institution, extract(epoch FROM min(k.expires_at))
        FROM api_key k JOIN institution i USING (institution)
        WHERE k.is_active AND i.is_active AND k.expires_at > now() AND NOT EXISTS (
            SELECT 1 FROM api_key newer WHERE newer.institution = k.institution AND newer.label = k.label
                AND newer.is_active AND newer.created_at > k.created_at AND newer.expires_at > k.expires_at)
        GROUP BY k.institution
        """,
    ),
)
"""What the portal's database knows: served by the projector, of which there is one for all portals."""

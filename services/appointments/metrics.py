"""What appointments counts for operators. No label is personal."""

from prometheus_client import Counter

from shared.figures import Figure

bookings = Counter("sila_bookings_total", "Wishes for places at a session, by outcome.", ["outcome"])
waiting = Counter("sila_waiting_total", "What becomes of families in the waiting line.", ["outcome"])

FIGURES = (
    Figure(
        "sila_places_free",
        "Places free at open sessions to come, by governorate.",
        ("governorate",),
        """
        SELECT coalesce(site.governorate, 'abroad'), sum(s.free) FROM collection_session s JOIN site ON site.id = s.site
        WHERE s.is_open AND s.starts_at > now() GROUP BY 1
        """,
    ),
    Figure("sila_visits", "Visits by state.", ("state",), "SELECT state, count(*) FROM visit GROUP BY state"),
    Figure(
        "sila_waiting_families",
        "Families in the waiting line: those who wait, and those for whom places are held.",
        ("state",),
        "SELECT state, count(*) FROM waiting_entry WHERE state IN ('waiting', 'offered') GROUP BY state",
    ),
    Figure(
        "sila_samples",
        "Reference samples registered, by kind of specimen.",
        ("specimen",),
        "SELECT specimen, count(*) FROM sample GROUP BY specimen",
    ),
)

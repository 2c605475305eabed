"""What linkage does, and whose answers are late, as figures."""

from prometheus_client import Counter, Histogram

from shared.figures import Figure

candidates_compared = Histogram(
    "sila_link_candidates", "Records compared with a new or changed report.", buckets=(0, 1, 2, 5, 10, 20, 50)
)
links_proposed = Counter("sila_links_proposed_total", "Links proposed to reviewers.")
link_decisions = Counter("sila_link_decisions_total", "Decisions on links.", ["decision"])

FIGURES = (
    Figure(
        "sila_concerns_late",
        "What families said that was to be answered before now and is not, by kind.",
        ("kind",),
        """
        SELECT kind, count(c.id) FROM unnest(ARRAY['correction', 'complaint', 'question']) AS kind
        LEFT JOIN concern c ON c.concern_kind = kind AND c.answered_at IS NULL AND c.due_at < now()
        GROUP BY kind
        """,
    ),
)

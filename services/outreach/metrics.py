"""What outreach counts for operators. No label is personal."""

from shared.figures import Figure

FIGURES = (
    Figure("sila_notices", "Notices by state.", ("state",), "SELECT state, count(*) FROM notice GROUP BY state"),
    Figure(
        "sila_notice_recipients",
        "Those asked by notices, by where their texts are; the unsent wait for their batch, or are not told any more.",
        ("state",),
        """
        SELECT 'unsent', coalesce(sum(asked - sent), 0) FROM notice
        UNION ALL
        SELECT state, coalesce(sum(texts), 0) FROM batch CROSS JOIN LATERAL (VALUES
            ('waiting', waiting), ('handed_over', handed_over), ('delivered', delivered), ('failed', failed),
            ('expired', expired), ('refused', refused), ('unsettled', unsettled)) AS counted (state, texts)
        GROUP BY state
        """,
    ),
    Figure("sila_replies", "Answers to notices.", ("answer",), "SELECT answer, count(*) FROM reply GROUP BY answer"),
)

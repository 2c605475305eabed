"""What linkage does, as figures."""

from prometheus_client import Counter, Histogram

candidates_compared = Histogram(
    "sila_link_candidates", "Records compared with a new or changed report.", buckets=(0, 1, 2, 5, 10, 20, 50)
)
links_proposed = Counter("sila_links_proposed_total", "Links proposed to reviewers.")
link_decisions = Counter("sila_link_decisions_total", "Decisions on links.", ["decision"])

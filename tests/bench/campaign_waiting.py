"""P2b: a campaign to a carrier that answers after 50 ms, beside Celery."""

from tests.bench.campaign import Campaign, by_celery, through_the_gateway
from tests.bench.earnest import environment
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import Ground

WAIT_S = 0.05


def measure(ground: Ground) -> list[Figure]:
    """Texts a second by one gateway process."""
    campaign = Campaign(ground, environment(ground), WAIT_S)
    repeats = interleaved(
        {
            "ours": lambda: through_the_gateway(campaign, 6_000, processes=1),
            "two": lambda: by_celery(campaign, 150, processes=2),
            "sixteen": lambda: by_celery(campaign, 1_200, processes=16),
        }
    )
    title = "A campaign to a carrier that answers after 50 ms, one process"
    note = "As P2; the gateway may hold 400 calls at a time. Peer: Celery prefork"
    two = {"ours": repeats["ours"], "peer": repeats["two"]}
    sixteen = {"ours": repeats["ours"], "peer": repeats["sixteen"]}
    return [
        Figure("P2b", title, "texts/s", Goal(to_peer=60), two, f"{note} 2."),
        Figure("P2b/16", title, "texts/s", Goal(to_peer=9), sixteen, f"{note} 16."),
    ]

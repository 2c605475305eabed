"""P2: a campaign to a carrier that answers at once, beside Celery."""

from tests.bench.campaign import Campaign, by_celery, through_the_gateway
from tests.bench.earnest import environment
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import Ground

TEXTS, BY_CELERY = 6_000, 3_000


def measure(ground: Ground) -> list[Figure]:
    """Texts a second by one gateway process, and by two."""
    campaign = Campaign(ground, environment(ground), wait_s=0)
    repeats = interleaved(
        {
            "one": lambda: through_the_gateway(campaign, TEXTS, processes=1),
            "two": lambda: through_the_gateway(campaign, TEXTS, processes=2),
            "peer": lambda: by_celery(campaign, BY_CELERY, processes=2),
        }
    )
    title = "A campaign to a carrier that answers at once"
    note = (
        "From a tenth to nine tenths of the texts, as the carrier counts them; each is checked to be handed over once."
        " Peer: Celery prefork 2, a task a text, Twilio's client as it comes, the state stored."
    )
    one = {"ours": repeats["one"], "peer": repeats["peer"]}
    two = {"ours": repeats["two"], "peer": repeats["peer"]}
    return [
        Figure("P2", f"{title}, one process", "texts/s", Goal(to_peer=2), one, note),
        Figure("P2/machine", f"{title}, two processes", "texts/s", Goal(to_peer=3.5), two, note),
    ]

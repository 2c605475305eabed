"""P9: the carrier's delivery callbacks at the webhook: signature checked, stored, told to the gateway."""

from collections.abc import Mapping, Sequence

from tests.bench.callers import callbacks, rate
from tests.bench.earnest import TOKEN, environment, portal, started
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import Ground, await_that

BARE = ("uvicorn", "tests.bench.bare_route:app", "--port", "{port}", "--log-level", "error", "--no-access-log")
DJANGO = ("gunicorn", "tests.bench.django_view:application", "--bind", "127.0.0.1:{port}", "--workers", "1")
DJANGO += ("--worker-class", "gthread", "--threads", "4", "--keep-alive", "60", "--log-level", "error")
COUNT = 3000
WARMING = 200


def measure(ground: Ground) -> list[Figure]:
    """Callbacks a second at one worker."""
    variables = environment(ground)
    with started(("tests.bench.django_view",), variables) as making_a_table:
        assert making_a_table.wait() == 0
    repeats = interleaved(
        {
            "ours": lambda: _at_the_portal(variables),
            "peer": lambda: _at(variables, DJANGO),
            "limit": lambda: _at(variables, BARE),
        }
    )
    note = (
        "One worker, 16 connections. Peer: a Django view that checks the signature and inserts the status"
        " (gunicorn, threads, kept connections). Limit: a Starlette route that keeps nothing."
    )
    return [Figure("P9", "Delivery callbacks, signature checked, stored", "requests/s", Goal(to_peer=3), repeats, note)]


def _at_the_portal(variables: Mapping[str, str]) -> float:
    base_url = variables["SILA_BASE_URL"]
    with portal(variables):
        rate(base_url, callbacks(base_url, TOKEN, WARMING))
        return rate(base_url, callbacks(base_url, TOKEN, COUNT))


def _at(variables: Mapping[str, str], server: Sequence[str]) -> float:
    base_url = variables["SILA_BASE_URL"]
    port = base_url.rpartition(":")[2]
    with started(tuple(argument.format(port=port) for argument in server), variables):
        requests = callbacks(base_url, TOKEN, WARMING)
        await_that(lambda: _answers(base_url, requests[:1]))
        rate(base_url, requests[1:])
        return rate(base_url, callbacks(base_url, TOKEN, COUNT))


def _answers(base_url: str, requests: list[bytes]) -> bool:
    try:
        rate(base_url, requests, connections=1)
    except OSError:
        return False
    return True

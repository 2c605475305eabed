"""P9: the carrier's delivery callbacks at the webhook: signature checked, stored, told to the gateway."""

from collections.abc import Mapping

from tests.bench.callers import callbacks, rate
from tests.bench.earnest import TOKEN, environment, portal, started
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import Ground, await_that

COUNT = 3000
WARMING = 200


def measure(ground: Ground) -> list[Figure]:
    """Callbacks a second at one worker."""
    variables = environment(ground)
    repeats = interleaved({"ours": lambda: _at_the_portal(variables), "limit": lambda: _at_a_bare_route(variables)})
    note = (
        "One worker, 16 connections. Limit: a Starlette route that keeps nothing."
        " No peer: a Django view would need Django, which Sila does not install."
    )
    return [Figure("P9", "Delivery callbacks, signature checked, stored", "requests/s", Goal(to_peer=3), repeats, note)]


def _at_the_portal(variables: Mapping[str, str]) -> float:
    base_url = variables["SILA_BASE_URL"]
    with portal(variables):
        rate(base_url, callbacks(base_url, TOKEN, WARMING))
        return rate(base_url, callbacks(base_url, TOKEN, COUNT))


def _at_a_bare_route(variables: Mapping[str, str]) -> float:
    base_url = variables["SILA_BASE_URL"]
    port = base_url.rpartition(":")[2]
    module = ("uvicorn", "tests.bench.bare_route:app", "--port", port, "--log-level", "error", "--no-access-log")
    with started(module, variables):
        requests = callbacks(base_url, TOKEN, WARMING)
        await_that(lambda: _answers(base_url, requests[:1]))
        rate(base_url, requests)
        return rate(base_url, callbacks(base_url, TOKEN, COUNT))


def _answers(base_url: str, requests: list[bytes]) -> bool:
    try:
        rate(base_url, requests, connections=1)
    except OSError:
        return False
    return True

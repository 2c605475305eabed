"""P1: a family's status page, session check included, beside the same page by Django and beside its template alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from shared.parts import Part
from tests.bench.earnest import environment, portal, started
from tests.bench.figures import ROUNDS, Figure, Goal, Repeats
from tests.bench.ground import Ground, await_that
from tests.bench.status.filling import SIZE, fill, tokens
from tests.bench.status.load import CONNECTIONS, Load, load, wrk

BARE = ("uvicorn", "tests.bench.status.bare:app", "--log-level", "error", "--no-access-log")
DJANGO = ("gunicorn", "tests.bench.status.django_page:application", "--worker-class", "gthread", "--threads", "4")
Serving = Callable[[], Load]


def measure(ground: Ground) -> list[Figure]:
    """Pages a second at one worker, and the slowest in a hundred."""
    wrk()
    variables = environment(ground)
    fill(_conninfo(ground))
    cookies = ground.folder / "tokens.txt"
    cookies.write_text("\n".join(tokens()))
    loads = _interleaved(
        {
            "ours": lambda: _at_the_portal(variables, cookies),
            "peer": lambda: _at_django(variables, cookies),
            "template": lambda: _at_a_bare_page(variables, cookies, "template"),
            "read": lambda: _at_a_bare_page(variables, cookies, "status"),
        }
    )
    return list(_figures(loads))


def _figures(loads: Mapping[str, list[Load]]) -> Iterator[Figure]:
    rates = {way: [each.rate for each in of_way] for way, of_way in loads.items()}
    slowest = {way: [each.p99_ms for each in of_way] for way, of_way in loads.items()}
    note = f"One worker, {CONNECTIONS} connections, {SIZE:,} cases. Peer: Django on gunicorn, the same read and page."
    yield Figure(
        "P1", "A family's status page, session check included", "pages/s", Goal(to_peer=4, to_limit=0.35),
        _three(rates, "template"), f"{note} Limit: the template alone in a bare Starlette route.",
    )  # fmt: skip
    yield Figure(
        "P1/p99", "The slowest of a hundred status pages", "ms", Goal(to_peer=1 / 3, less_is_better=True),
        _three(slowest, "read"), f"{note} Limit: a bare Starlette route with the same read.",
    )  # fmt: skip
    yield Figure(
        "P1/read", "A status page beside a bare page with the same read", "pages/s", Goal(to_limit=0.8),
        {"ours": rates["ours"], "limit": rates["read"]}, f"{note} Limit: a bare Starlette route with the same read.",
    )  # fmt: skip


def _three(figures: Mapping[str, list[float]], limit: str) -> Repeats:
    return {"ours": figures["ours"], "peer": figures["peer"], "limit": figures[limit]}


def _interleaved(ways: Mapping[str, Serving]) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, serve in ways.items():
            loads[way].append(serve())
    return loads


def _conninfo(ground: Ground) -> str:
    own = ground.settings.model_copy(update={"database_prefix": "earnest_"})
    return own.database_of(Part.PORTAL).replace("postgresql+psycopg://", "postgresql://")


def _at_the_portal(variables: Mapping[str, str], cookies: Path) -> Load:
    with portal(variables):
        return load(f"{variables['SILA_BASE_URL']}/ar/status", cookies)


def _at_a_bare_page(variables: Mapping[str, str], cookies: Path, name: str) -> Load:
    with _serving((*BARE, "--port", _port(variables)), variables, cookies):
        return load(f"{variables['SILA_BASE_URL']}/ar/{name}", cookies)


def _at_django(variables: Mapping[str, str], cookies: Path) -> Load:
    bound = ("--bind", f"127.0.0.1:{_port(variables)}", "--workers", "1", "--log-level", "error")
    with _serving((*DJANGO, *bound), variables, cookies):
        return load(f"{variables['SILA_BASE_URL']}/ar/status", cookies)


def _port(variables: Mapping[str, str]) -> str:
    return variables["SILA_BASE_URL"].rpartition(":")[2]


@contextmanager
def _serving(module: tuple[str, ...], variables: Mapping[str, str], cookies: Path) -> Iterator[None]:
    first = cookies.read_text().partition("\n")[0]
    request = Request(f"{variables['SILA_BASE_URL']}/ar/status", headers={"Cookie": f"sila_family={first}"})
    with started(module, variables):
        await_that(lambda: _shows_a_page(request))
        yield


def _shows_a_page(request: Request) -> bool:
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False

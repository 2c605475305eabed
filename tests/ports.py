"""Ports for a whole system that a test starts beside others."""

from collections.abc import Iterable

from infra.local.ports import free_ports, is_free
from shared.parts import Process


def free_doors(taken: Iterable[int] = ()) -> dict[str, int]:
    """Free ports for the portal, the simulator, and a row of them for metrics, by the variables that choose them."""
    taken = set(taken)
    while True:
        portal, simulator, metrics = free_ports(3, taken=taken)
        row = range(metrics, metrics + len(Process))
        if all(map(is_free, row)) and not {portal, simulator, *taken} & set(row):
            return {"SILA_PORT": portal, "SILA_SIMULATOR_PORT": simulator, "SILA_METRICS_PORT": metrics}


def metrics_row() -> dict[str, str]:
    """The variable by which every process finds its own free port for metrics."""
    return {"SILA_METRICS_PORT": str(free_doors()["SILA_METRICS_PORT"])}

"""Figures that a part's database knows: read when the metrics are asked for, so that nothing must be counted along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from shared.logs import log


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge with its statement: a row a set of labels, the labels first and the value last."""

    name: str
    help: str
    labels: tuple[str, ...]
    statement: str


class Figures(Collector):
    """A part's figures. While its database does not answer they are missing, and the other metrics are there."""

    def __init__(self, engine: sa.Engine, figures: Sequence[Figure]) -> None:
        self._engine, self._figures = engine, figures

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names, without asking the database."""
        for figure in self._figures:
            yield GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures as they are now."""
        try:
            with self._engine.connect() as connection:
                yield from [_read(connection, figure) for figure in self._figures]
        except SQLAlchemyError as error:
            log.warning("figures_missing", error=type(error).__name__)

    def serve(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Add these figures to the process's metrics."""
        registry.register(self)

    def withdraw(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Take these figures out of the process's metrics."""
        registry.unregister(self)


def _read(connection: sa.Connection, figure: Figure) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
    for *labels, value in connection.execute(sa.text(figure.statement)):
        family.add_metric([str(label) for label in labels], float(value))
    return family

"""How a nameko service serves the figures that its database knows."""

from collections.abc import Sequence

from nameko.extensions import DependencyProvider

from shared.database import engine_of
from shared.figures import Figure, Figures
from shared.parts import Part
from shared.settings import settings


class ServedFigures(DependencyProvider):
    """Adds the figures that a part's database knows to this process's metrics."""

    def __init__(self, part: Part, figures: Sequence[Figure]) -> None:
        self._part, self._wanted = part, figures

    def start(self) -> None:
        """Serve them from now on."""
        self._figures = Figures(engine_of(self._part, settings(), connections=1), self._wanted)
        self._figures.serve()

    def stop(self) -> None:
        """Serve them no longer."""
        self._figures.withdraw()

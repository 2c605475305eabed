"""`sila serve`."""

import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from shared.parts import Process


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command()(serve)


def serve(parts: Annotated[list[Process], typer.Argument(help="Which processes to run.")]) -> None:
    """Run one process of Sila, or several as children; SIGTERM stops them."""
    if len(parts) == 1:
        os.execv(sys.executable, [sys.executable, "-m", "infra.runner", parts[0]])  # noqa: S606 - our own module
    children = [subprocess.Popen([sys.executable, "-m", "infra.runner", p]) for p in parts]  # noqa: S603

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    raise typer.Exit(max(abs(child.wait()) for child in children))

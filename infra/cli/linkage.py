"""`sila link`: what linkage can be asked from the command line."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.problems import fail

app = typer.Typer(no_args_is_help=True, help="Linkage.")


@app.callback()
def _linkage() -> None:
    """Linkage."""


@app.command("score-names")
def score_names(file: Annotated[Path, typer.Argument(help="A CSV with the columns a and b.")]) -> None:
    """Print the same rows with `score`, from 0 to 1: how likely two written names are one person's."""
    from services.reports.name_similarity import score

    with file.open(newline="", encoding="utf-8-sig") as rows:
        reader = csv.DictReader(rows)
        if not {"a", "b"} <= set(reader.fieldnames or ()):
            fail(f"{file} needs the columns a and b")
        writer = csv.DictWriter(sys.stdout, [*(reader.fieldnames or ()), "score"])
        writer.writeheader()
        for row in reader:
            writer.writerow({**row, "score": f"{score(row['a'], row['b']):.4f}"})

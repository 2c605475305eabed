"""The demo's 2,000 further families, for notices: names drawn from the shipped list, numbers from one made-up block."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from infra.demo.cases import DemoCase
from shared.messages.model import Language

NAMES = Path(__file__).parents[2] / "services/reports/data/given_names.csv"
LANGUAGES: tuple[Language, ...] = ("ar", "ar", "ar", "ckb", "kmr-Arab", "kmr", "en")
GOVERNORATES = ("IQ-NI", "IQ-NI", "IQ-NI", "IQ-DA", "IQ-KI", "IQ-SD", "IQ-AN", "IQ-BG")


def families(count: int) -> Iterator[DemoCase]:
    """So many made-up families, the same at every call."""
    draw = random.Random(2014)  # noqa: S311 - demo data that must come out the same every time
    with NAMES.open(newline="", encoding="utf-8") as file:
        given = [row["arabic"] for row in csv.DictReader(file)]
    for number in range(count):
        yield DemoCase(
            name=" ".join(draw.sample(given, 4)),
            phone=f"+96479{number:08d}",
            language=draw.choice(LANGUAGES),
            institution=draw.choice(("mgd", "ihchr")),
            steps=("registered",),
            mother=" ".join(draw.sample(given, 2)),
            born=draw.randint(1940, 2005),
            event="UNKNOWN",
            governorate=draw.choice(GOVERNORATES),
        )

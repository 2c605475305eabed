"""Files that only their owner may read."""

import os
from pathlib import Path


def replace_secret(path: Path, content: str) -> None:
    """Write a file for its owner alone, beside its place and then into it: it is whole at any moment."""
    beside = path.with_suffix(f"{path.suffix}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    beside.replace(path)

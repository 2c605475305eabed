"""The recordings of prompts: a person's voice where there is one, else a placeholder, else none, and the carrier reads.

A person's recordings lie in `portal/content/voice/LANGUAGE/PROMPT.wav`; placeholders, which `sila prompts make` has
espeak-ng speak, in the folder that `SILA_VOICE` names. Both are 8 kHz mono, as telephones carry.
"""

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from portal.languages import LANGUAGES

CONTENT = Path(__file__).parents[2] / "content" / "voice"
MADE = "made.json"
"""What the folder of placeholders is looked through again for, when it changes."""
A_YEAR_S = 31_536_000


class Recordings:
    """What can be played; looked through when it is first asked, and when placeholders were made since."""

    def __init__(self, placeholders: Path, own: Path = CONTENT) -> None:
        self._folders = (placeholders, own)
        self._seen: float | None = None
        self._known: dict[tuple[str, str], tuple[Path, str]] = {}

    def _found(self) -> dict[tuple[str, str], tuple[Path, str]]:
        made = self._folders[0] / MADE
        changed = made.stat().st_mtime if made.exists() else 0.0
        if changed != self._seen:
            self._seen, self._known = changed, self._look()
        return self._known

    def _look(self) -> dict[tuple[str, str], tuple[Path, str]]:
        # A later folder's recording takes the earlier one's place.
        return {
            (lang, file.stem): (file, hashlib.sha256(file.read_bytes()).hexdigest()[:12])
            for folder in self._folders
            for lang in LANGUAGES
            for file in sorted((folder / lang).glob("*.wav"))
        }

    def path(self, lang: str, prompt: str) -> str | None:
        """Where the carrier gets a recording: the address changes with its content. None where there is none."""
        found = self._found().get((lang, prompt))
        return f"/voice/{lang}/{prompt}.wav?v={found[1]}" if found else None

    def file(self, lang: str, prompt: str) -> Path | None:
        """The file of a recording."""
        found = self._found().get((lang, prompt))
        return found[0] if found else None


async def play(request: Request) -> Response:
    """A recording, to be kept for a year: another content has another address."""
    recordings: Recordings = request.app.state.recordings
    file = recordings.file(request.path_params["lang"], request.path_params["prompt"])
    if file is None:
        raise HTTPException(404)
    headers = {"cache-control": f"public, max-age={A_YEAR_S}, immutable"}
    return FileResponse(file, media_type="audio/wav", headers=headers)

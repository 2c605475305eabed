"""Whole calls, branch by branch: whatever is played is there, and no screen is a dead end."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from portal.languages import LANGUAGES
from portal.phone.voice.recordings import MADE
from portal.phone.voice.wording import CHOICES, texts_of
from tests.service.portal.families import Families, Family

PLAY = re.compile(r"<Play>([^<]+)</Play>")
BRANCHES = ["1", "*", "#", "2#", "27#1", "32#", "31#*", "4*#", "9#1", "91", "0", "888", "7 8 9", "   ", "2 7 #", "6*#"]
"""Keys after the PIN, one screen each; a blank is a silence."""


def recorded(folder: Path) -> None:
    for lang in LANGUAGES:
        (folder / lang).mkdir()
        for name in texts_of(lang):
            (folder / lang / f"{name}.wav").write_bytes(f"RIFF {lang} {name}".encode())
    (folder / MADE).write_text("{}")


def booked(families: Families, family: Family, session: UUID) -> None:
    families.run(
        "INSERT INTO visit (visit, version, reference, contact, session, site, starts_at, places, state)"
        " SELECT :visit, 1, :reference, :contact, session, site, starts_at, 1, 'booked' FROM collection_session"
        " WHERE session = :session",
        visit=uuid4(), reference=family.reference, contact=family.contact, session=session,
    )  # fmt: skip


def leads_on(heard: str) -> bool:
    return "<Gather" in heard or "<Hangup" in heard or "<Dial" in heard


@pytest.mark.parametrize("key", [str(n) for n, _ in enumerate(CHOICES, 1)])
def test_every_branch_leads_on_and_every_recording_is_there(families: Families, carrier, tmp_path, key: str) -> None:
    recorded(tmp_path)
    family = families.one(pin="123456")
    families.session(free=5)
    booked(families, family, families.session(free=5))
    families.meeting()
    heard: list[str] = []
    for number, branch in enumerate(BRANCHES):
        call = f"CA{number}"
        phone = {"From": f"+9647701{number:06d}"}
        steps = [("", ""), ("language", key), ("reference", family.reference), ("pin", "123456")]
        for step, digits in steps:
            heard.append(carrier.call(call, step, digits, **phone))
        for digits in branch:
            found = re.search(r"\?step=(\w+)", heard[-1])
            if found is None:
                break
            heard.append(carrier.call(call, found[1], digits.strip(), **phone))
    assert all(leads_on(h) for h in heard)
    played = {url for h in heard for url in PLAY.findall(h)}
    assert len(played) > 20
    for url in played:
        parts = urlsplit(url)
        answer = carrier.client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 200, url
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content.startswith(b"RIFF")


def test_a_recording_that_is_not_there_is_not_found(carrier) -> None:
    assert carrier.client.get("/voice/en/nothing.wav").status_code == 404
    assert carrier.client.get("/voice/xx/welcome.wav").status_code == 404
    assert carrier.client.get("/voice/en/..%2f..%2fkeys.wav").status_code == 404

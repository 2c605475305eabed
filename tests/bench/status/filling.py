"""A portal's database as it is after years: so many cases, each with its contact, and families that are logged in."""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from portal.family.words import STATUSES

SIZE = int(os.environ.get("SIZE", "100000"))
"""How many cases; `make bench ONLY=P1 SIZE=1000000` for as many as the country may have."""
LOGGED_IN = 5_000
GOVERNORATES = ("IQ-NI", "IQ-BG", "IQ-AN", "IQ-BA", "IQ-KI", "IQ-SD", "IQ-DI", "IQ-SU")
SITE = uuid.UUID(int=1)

FAMILY_FILE = """
COPY family_file (reference, version, institution, status, timeline, needs, governorate, event, contact, is_verified,
    language, channel, detail, consent_contact, consent_share, changed_in) FROM STDIN
"""
CONTACT = """
COPY contact (contact, version, reference, phone_index, sealed_phone, is_verified, language, channel, detail) FROM STDIN
"""
SESSION = """
COPY family_session (token_digest, reference, by, created_at, seen_at, expires_at, looked_at) FROM STDIN
"""
VISIT = "COPY visit (visit, version, reference, contact, session, site, starts_at, places, state) FROM STDIN"


def reference_of(number: int) -> str:
    """The reference of a case, without check digits: nothing here reads it."""
    return f"{(number * 2_654_435_761) % 10**12:012d}"


def contact_of(number: int) -> uuid.UUID:
    """The contact of a case."""
    return uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)


def token_of(number: int) -> str:
    """The session's token of a family that is logged in."""
    return f"{number:043d}"


def fill(conninfo: str, cases: int = SIZE) -> None:
    """Fill an empty database with so many cases, by COPY."""
    with psycopg.connect(conninfo) as db:
        db.execute("SET synchronous_commit = off")
        _site_and_meetings(db)
        _copy(db, FAMILY_FILE, (_file(number) for number in range(cases)))
        _copy(db, CONTACT, (_contact(number) for number in range(cases)))
        chosen = range(0, cases, max(1, cases // LOGGED_IN))
        _copy(db, SESSION, (_session(number) for number in chosen))
        _copy(db, VISIT, (_visit(number) for number in chosen if number % 3 == 0))
    with psycopg.connect(conninfo, autocommit=True) as db:
        db.execute("VACUUM (ANALYZE) family_file, contact, family_session, visit, site, meeting")


def tokens(cases: int = SIZE) -> list[str]:
    """The tokens of everybody who is logged in."""
    return [token_of(number) for number in range(0, cases, max(1, cases // LOGGED_IN))]


def _copy(db: psycopg.Connection[Any], statement: str, rows: Iterator[tuple[object, ...]]) -> None:
    with db.cursor() as cursor, cursor.copy(statement) as copy:  # pyright: ignore[reportArgumentType]
        for row in rows:
            copy.write_row(row)


def _timeline(number: int, status: str) -> str:
    reached = ["received", "being_checked", "registered", status][: 2 + number % 3]
    return json.dumps([{"at": f"2026-0{month}-11T09:00:00+00:00", "status": s} for month, s in enumerate(reached, 3)])


def _file(number: int) -> tuple[object, ...]:
    statuses = tuple(STATUSES)
    status = statuses[number % len(statuses)]
    needs = "{first_sample}" if number % 2 else "{}"
    where = GOVERNORATES[number % len(GOVERNORATES)]
    kept = (reference_of(number), 3, "mgd", status, _timeline(number, status), needs, where, "MOSUL_2016_17")
    return (*kept, contact_of(number), True, "ar", "sms", "neutral", "{sms}", "{mgd,ihchr}", number)


def _contact(number: int) -> tuple[object, ...]:
    index = hashlib.sha256(b"%d" % number).hexdigest()
    return (contact_of(number), 1, reference_of(number), index, f"1.{index}{index}", True, "ar", "sms", "neutral")


def _session(number: int) -> tuple[object, ...]:
    now = datetime.now(UTC)
    digest = hashlib.sha256(token_of(number).encode()).digest()
    return (digest, reference_of(number), "pin", now, now + timedelta(hours=1), now + timedelta(hours=2), now)


def _visit(number: int) -> tuple[object, ...]:
    starts_at = datetime.now(UTC) + timedelta(days=1 + number % 20)
    ids = (contact_of(number + 1), 1, reference_of(number), contact_of(number), uuid.UUID(int=2), SITE)
    return (*ids, starts_at, 2, "booked")


def _site_and_meetings(db: psycopg.Connection[Any]) -> None:
    name, title = {"ar": "مركز سنجار الصحي"}, {"ar": "لقاء عام للمعلومات"}
    db.execute(
        "INSERT INTO site (site, version, name, country, governorate, time_zone, has_women_staff, is_step_free,"
        " is_open) VALUES (%s, 1, %s, 'IQ', 'IQ-NI', 'Asia/Baghdad', true, true, true)",
        (SITE, Jsonb(name)),
    )
    for number, governorate in enumerate(GOVERNORATES):
        db.execute(
            "INSERT INTO meeting (meeting, version, title, place, governorate, starts_at, time_zone, is_public,"
            " is_cancelled, institution) VALUES (%s, 1, %s, %s, %s, now() + interval '9 days', 'Asia/Baghdad', true,"
            " false, 'mgd')",
            (uuid.UUID(int=10 + number), Jsonb(title), Jsonb({"ar": "قاعة المكتبة العامة"}), governorate),
        )

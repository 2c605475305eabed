"""Connections to parts' databases, and to their server, for what operators do beside the running parts."""

from typing import Any

import psycopg
import sqlalchemy as sa

from shared.parts import Part
from shared.settings import Settings


def connect(settings: Settings, part: Part, *, autocommit: bool = True) -> psycopg.Connection[Any]:
    """A connection to a part's database, by default with a transaction a statement."""
    return psycopg.connect(conninfo(settings.database_of(part)), autocommit=autocommit, **_OPTIONS)


def connect_server(settings: Settings) -> psycopg.Connection[Any]:
    """A connection on which databases can be made and dropped."""
    return psycopg.connect(conninfo(f"{settings.database_url.rstrip('/')}/postgres"), autocommit=True, **_OPTIONS)


def database_name(settings: Settings, part: Part) -> str:
    """The name of a part's database."""
    return settings.database_prefix + part


def conninfo(url: str) -> str:
    """What libpq makes of an SQLAlchemy URL."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


# Rows are compared as text: times and numbers must be written alike everywhere.
_OPTIONS: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "sila-keeping",
    "options": "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c extra_float_digits=1 -c bytea_output=hex",
}

"""Alembic's entry to this part's history."""

from services.matching.tables import MatchingTable
from shared.schema import run_migrations

run_migrations(MatchingTable.metadata)

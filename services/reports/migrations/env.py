"""This part's alembic environment."""

from services.reports.tables import ReportsTable
from shared.schema import run_migrations

run_migrations(ReportsTable.metadata)

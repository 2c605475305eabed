"""Alembic's way into the portal's schema."""

from portal.tables import PortalTable
from shared.schema import run_migrations

run_migrations(PortalTable.metadata)

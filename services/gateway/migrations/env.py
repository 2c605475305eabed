"""This part's alembic environment."""

from services.gateway.tables import GatewayTable
from shared.schema import run_migrations

run_migrations(GatewayTable.metadata)

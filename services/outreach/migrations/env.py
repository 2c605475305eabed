from services.outreach.tables import OutreachTable
from shared.schema import run_migrations

run_migrations(OutreachTable.metadata)

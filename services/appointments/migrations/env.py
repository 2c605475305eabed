from services.appointments.tables import AppointmentsTable
from shared.schema import run_migrations

run_migrations(AppointmentsTable.metadata)

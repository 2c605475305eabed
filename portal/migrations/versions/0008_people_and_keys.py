"""Institutions have kinds, staff are invited, keys have owners and an end, own relatives' files are declared.

Nobody loses access: an institution gets every kind that its flag, its staff's roles or what it has handed in need.
Keys from before are good for another year, and nobody is known to own them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS_FROM_WHAT_IS_THERE = """
UPDATE institution SET kinds = array_remove(ARRAY[
    CASE WHEN takes_reports
        OR EXISTS (SELECT 1 FROM staff s WHERE s.institution = institution.institution AND s.roles && ARRAY[
            'intake', 'link_reviewer', 'case_manager', 'call_desk', 'investigator'])
        OR EXISTS (SELECT 1 FROM reference_allocation r WHERE r.institution = institution.institution)
    THEN 'takes_reports' END,
    CASE WHEN EXISTS (SELECT 1 FROM staff s WHERE s.institution = institution.institution AND s.roles && ARRAY[
            'laboratory'])
        OR EXISTS (SELECT 1 FROM audit_entry a
            WHERE a.institution = institution.institution AND a.action = 'handed_in_laboratory_report')
        OR (NOT takes_reports AND EXISTS (
            SELECT 1 FROM staff s WHERE s.institution = institution.institution AND s.roles && ARRAY[
            'sample_staff', 'match_reviewer']))
    THEN 'laboratory' END,
    CASE WHEN NOT takes_reports AND EXISTS (
        SELECT 1 FROM staff s WHERE s.institution = institution.institution AND s.roles && ARRAY['outreach'])
    THEN 'outreach_partner' END,
    CASE WHEN EXISTS (SELECT 1 FROM staff s WHERE s.institution = institution.institution AND s.roles && ARRAY[
            'operator', 'coordinator', 'auditor', 'national_link_reviewer'])
    THEN 'oversight' END], NULL)
"""
OWN_DESKS_NAMES = """
UPDATE institution SET name = jsonb_build_object(
    'kmr-Arab', 'نڤیسینگەها تۆمارا ناڤەندی', 'kmr', 'Nivîsgeha tomara navendî') || name
WHERE institution = 'central'
"""


def upgrade() -> None:
    empty = sa.text("'{}'")
    op.add_column("institution", sa.Column("kinds", postgresql.ARRAY(sa.Text()), server_default=empty, nullable=False))
    op.execute(KINDS_FROM_WHAT_IS_THERE)
    op.create_check_constraint(
        "kinds_are_known",
        "institution",
        "kinds <@ ARRAY['takes_reports', 'laboratory', 'outreach_partner', 'oversight']",
    )
    op.drop_column("institution", "takes_reports")
    op.execute(OWN_DESKS_NAMES)

    op.alter_column("staff", "password_hash", nullable=True)
    op.alter_column("staff", "sealed_totp_secret", nullable=True)
    op.create_check_constraint(
        "secrets_come_together", "staff", "(password_hash IS NULL) = (sealed_totp_secret IS NULL)"
    )
    op.create_table(
        "staff_invitation",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Uuid(), nullable=False),
        sa.Column("sealed_totp_secret", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.staff"]),
        sa.PrimaryKeyConstraint("token_digest"),
        sa.UniqueConstraint("staff"),
    )
    op.create_index("ix_staff_invitation_expires_at", "staff_invitation", ["expires_at"])
    op.create_table(
        "declared_relation",
        sa.Column("relation", sa.Uuid(), nullable=False),
        sa.Column("staff", sa.Uuid(), nullable=False),
        sa.Column("reference_index", sa.String(), nullable=False),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff"], ["staff.staff"]),
        sa.PrimaryKeyConstraint("relation"),
    )
    op.create_index(
        "declared_relation_once",
        "declared_relation",
        ["staff", "reference_index"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.add_column("api_key", sa.Column("label", sa.String(), server_default="", nullable=False))
    op.add_column("api_key", sa.Column("owner_staff", sa.Uuid(), nullable=True))
    op.create_foreign_key("api_key_owner_staff_fkey", "api_key", "staff", ["owner_staff"], ["staff"])
    op.add_column("api_key", sa.Column("owner_contact", sa.String(), nullable=True))
    op.create_check_constraint("at_most_one_owner", "api_key", "owner_staff IS NULL OR owner_contact IS NULL")
    op.add_column("api_key", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE api_key SET expires_at = now() + interval '365 days'")
    op.alter_column("api_key", "expires_at", nullable=False)
    op.add_column("api_key", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("last_used_at", "expires_at", "owner_contact", "owner_staff", "label"):
        op.drop_column("api_key", column)
    op.drop_table("declared_relation")
    op.drop_table("staff_invitation")
    op.drop_constraint("secrets_come_together", "staff")
    op.execute("DELETE FROM staff_session WHERE staff IN (SELECT staff FROM staff WHERE password_hash IS NULL)")
    op.execute("UPDATE staff SET password_hash = '', sealed_totp_secret = '' WHERE password_hash IS NULL")
    op.alter_column("staff", "sealed_totp_secret", nullable=False)
    op.alter_column("staff", "password_hash", nullable=False)
    op.add_column("institution", sa.Column("takes_reports", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute("UPDATE institution SET takes_reports = 'takes_reports' = ANY(kinds)")
    op.drop_constraint("kinds_are_known", "institution")
    op.drop_column("institution", "kinds")

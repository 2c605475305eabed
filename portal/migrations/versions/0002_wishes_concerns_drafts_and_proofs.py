"""What families wish and said; reports being written; phones being proved; codes that went nowhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("concern", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("concern_kind", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("concern"),
    )
    op.create_index("concern_of_reference", "concern", ["reference", "raised_at"], unique=False)
    op.create_table(
        "family_wishes",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_wishes", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "kept_words",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", "form"),
    )
    op.create_index("ix_kept_words_expires_at", "kept_words", ["expires_at"], unique=False)
    op.create_table(
        "phone_proof",
        sa.Column("proof", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("sealed_number", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("trusted_code_digest", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('new_number', 'second_contact')", name="purpose_is_known"),
        sa.PrimaryKeyConstraint("proof"),
    )
    op.create_index("ix_phone_proof_expires_at", "phone_proof", ["expires_at"], unique=False)
    op.create_table(
        "report_draft",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(sent_at IS NULL) = (sealed_words IS NOT NULL)", name="empty_once_sent"),
        sa.PrimaryKeyConstraint("reference"),
        sa.UniqueConstraint("request_id"),
        sa.UniqueConstraint("token_digest"),
    )
    op.create_index("ix_report_draft_expires_at", "report_draft", ["expires_at"], unique=False)
    op.create_table(
        "second_contact",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("sealed_phone", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.add_column("challenge", sa.Column("is_sent", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column(
        "family_file", sa.Column("consent_also", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column(
        "family_file", sa.Column("would_help", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column(
        "family_file", sa.Column("wants_to_wait", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("family_file", sa.Column("contact_person", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("family_file", "contact_person")
    op.drop_column("family_file", "wants_to_wait")
    op.drop_column("family_file", "would_help")
    op.drop_column("family_file", "consent_also")
    op.drop_column("challenge", "is_sent")
    op.drop_table("second_contact")
    op.drop_index("ix_report_draft_expires_at", table_name="report_draft")
    op.drop_table("report_draft")
    op.drop_index("ix_phone_proof_expires_at", table_name="phone_proof")
    op.drop_table("phone_proof")
    op.drop_index("ix_kept_words_expires_at", table_name="kept_words")
    op.drop_table("kept_words")
    op.drop_table("family_wishes")
    op.drop_index("concern_of_reference", table_name="concern")
    op.drop_table("concern")

"""First: the portal's tables, the messaging tables, and the trigger that keeps the audit trail as it was written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.messaging.history import create_messaging_tables, drop_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What an entry says can never change; its place in the chain is written once.
KEEP_AUDIT = """
CREATE FUNCTION audit_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND NEW.sequence IS NOT NULL
        AND (to_jsonb(OLD) - 'sequence' - 'digest') = (to_jsonb(NEW) - 'sequence' - 'digest') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail cannot be changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_row_is_kept BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_is_kept();
CREATE TRIGGER audit_entry_table_is_kept BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept();
"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("institution", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed_detail", sa.String(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.CheckConstraint("door IN ('family', 'staff', 'api', 'system')", name="door_is_known"),
        sa.CheckConstraint("(sequence IS NULL) = (digest IS NULL)", name="chained_whole"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sequence"),
    )
    op.create_index("audit_entry_subject", "audit_entry", ["subject", "at"], unique=False)
    op.create_index(
        "audit_entry_unchained", "audit_entry", ["id"], unique=False, postgresql_where=sa.text("sequence IS NULL")
    )
    op.create_table(
        "audit_head",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.CheckConstraint("only_row", name="one_row"),
        sa.PrimaryKeyConstraint("only_row"),
    )
    op.create_table(
        "challenge",
        sa.Column("challenge", sa.Uuid(), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=False),
        sa.Column("typed_digest", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("contact", sa.Uuid(), nullable=True),
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries >= 0", name="tries_count"),
        sa.PrimaryKeyConstraint("challenge"),
    )
    op.create_index(op.f("ix_challenge_expires_at"), "challenge", ["expires_at"], unique=False)
    op.create_table(
        "collection_session",
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_women_only", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session"),
    )
    op.create_index(
        "collection_session_open",
        "collection_session",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(op.f("ix_collection_session_site"), "collection_session", ["site"], unique=False)
    op.create_table(
        "contact",
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("sealed_phone", sa.String(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("contact"),
    )
    op.create_index(op.f("ix_contact_phone_index"), "contact", ["phone_index"], unique=False)
    op.create_index(op.f("ix_contact_reference"), "contact", ["reference"], unique=False)
    op.create_table(
        "call_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "call_request_open", "call_request", ["reference"], unique=True, postgresql_where=sa.text("done_at IS NULL")
    )
    op.create_table(
        "conversation",
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone_index"),
    )
    op.create_index(op.f("ix_conversation_expires_at"), "conversation", ["expires_at"], unique=False)
    op.create_table(
        "delivery_seen",
        sa.Column("carrier_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("carrier_id", "status"),
    )
    op.create_index(op.f("ix_delivery_seen_seen_at"), "delivery_seen", ["seen_at"], unique=False)
    create_messaging_tables()
    op.create_table(
        "family_file",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column(
            "timeline", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("consent_contact", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("consent_share", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("samples", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_in",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index("family_file_contact", "family_file", ["contact"], unique=False)
    op.create_index("family_file_feed", "family_file", ["changed_in", "reference"], unique=False)
    op.create_index("family_file_institution", "family_file", ["institution"], unique=False)
    op.create_table(
        "family_session",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index(op.f("ix_family_session_expires_at"), "family_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_family_session_reference"), "family_session", ["reference"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("owner", "key"),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "inbound_text",
        sa.Column("carrier_id", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("keyword", sa.String(), nullable=False),
        sa.Column("is_from_contact", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("carrier_id"),
    )
    op.create_index(op.f("ix_inbound_text_phone_index"), "inbound_text", ["phone_index"], unique=False)
    op.create_table(
        "institution",
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column(
            "name", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("takes_reports", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("institution"),
    )
    op.create_table(
        "last_question",
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("meeting", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact"),
    )
    op.create_table(
        "limit_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_limit_counter_expires_at"), "limit_counter", ["expires_at"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("meeting", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "title", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "place", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("governorate", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("meeting"),
    )
    op.create_index("meeting_public", "meeting", ["starts_at"], unique=False, postgresql_where=sa.text("is_public"))
    op.create_table(
        "outcome",
        sa.Column("command_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="asked", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column(
            "values", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("contact", sa.Uuid(), nullable=True),
        sa.Column("tell_by", sa.String(), server_default="page", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name="settled_has_a_time"),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name="state_is_known"),
        sa.CheckConstraint("tell_by IN ('page', 'text')", name="tell_by_is_known"),
        sa.PrimaryKeyConstraint("command_id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index(op.f("ix_outcome_asked_at"), "outcome", ["asked_at"], unique=False)
    op.create_table(
        "phone_opt_out",
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("phone_index"),
    )
    op.create_table(
        "pin",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "reference_allocation",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="allocated", nullable=False),
        sa.Column(
            "allocated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("state IN ('allocated', 'used')", name="state_is_known"),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "reply",
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN ('yes', 'no')", name="answer_is_known"),
        sa.PrimaryKeyConstraint("contact", "notice"),
    )
    op.create_table(
        "site",
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "name", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "directions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("has_women_staff", sa.Boolean(), nullable=False),
        sa.Column("is_step_free", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site"),
    )
    op.create_table(
        "unsent_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(), nullable=False),
        sa.Column("routing_key", sa.String(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "visit",
        sa.Column("visit", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('booked', 'cancelled', 'attended', 'missed')", name="state_is_known"),
        sa.PrimaryKeyConstraint("visit"),
    )
    op.create_index(op.f("ix_visit_reference"), "visit", ["reference"], unique=False)
    op.create_index(op.f("ix_visit_session"), "visit", ["session"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("api_key", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["institution"],
            ["institution.institution"],
        ),
        sa.PrimaryKeyConstraint("api_key"),
        sa.UniqueConstraint("key_digest"),
    )
    op.create_table(
        "import_job",
        sa.Column("import_job", sa.Uuid(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institution.institution"]),
        sa.PrimaryKeyConstraint("import_job"),
    )
    op.create_index(op.f("ix_import_job_created_at"), "import_job", ["created_at"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("import_job", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column(
            "errors",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint('"row" >= 1', name="rows_are_counted_from_one"),
        sa.CheckConstraint("(reference IS NULL) = (errors <> '[]'::jsonb)", name="accepted_or_refused"),
        sa.ForeignKeyConstraint(["import_job"], ["import_job.import_job"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reference"], ["reference_allocation.reference"]),
        sa.PrimaryKeyConstraint("import_job", "row"),
        sa.UniqueConstraint("reference"),
    )
    op.create_table(
        "staff",
        sa.Column("staff", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("sealed_totp_secret", sa.String(), nullable=False),
        sa.Column("last_totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        sa.ForeignKeyConstraint(
            ["institution"],
            ["institution.institution"],
        ),
        sa.PrimaryKeyConstraint("staff"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Uuid(), nullable=False),
        sa.Column("has_totp", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff"],
            ["staff.staff"],
        ),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index(op.f("ix_staff_session_expires_at"), "staff_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_session_staff"), "staff_session", ["staff"], unique=False)
    op.execute(KEEP_AUDIT)


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_session_staff"), table_name="staff_session")
    op.drop_index(op.f("ix_staff_session_expires_at"), table_name="staff_session")
    op.drop_table("import_row")
    op.drop_table("import_job")
    op.drop_table("staff_session")
    op.drop_table("staff")
    op.drop_table("api_key")
    op.drop_index(op.f("ix_visit_session"), table_name="visit")
    op.drop_index(op.f("ix_visit_reference"), table_name="visit")
    op.drop_table("visit")
    op.drop_table("unsent_code")
    op.drop_table("site")
    op.drop_table("reply")
    drop_messaging_tables()
    op.drop_table("reference_allocation")
    op.drop_table("pin")
    op.drop_table("phone_opt_out")
    op.drop_index(op.f("ix_outcome_asked_at"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index("meeting_public", table_name="meeting", postgresql_where=sa.text("is_public"))
    op.drop_table("meeting")
    op.drop_index(op.f("ix_limit_counter_expires_at"), table_name="limit_counter")
    op.drop_table("limit_counter")
    op.drop_table("last_question")
    op.drop_table("institution")
    op.drop_index(op.f("ix_inbound_text_phone_index"), table_name="inbound_text")
    op.drop_table("inbound_text")
    op.drop_index(op.f("ix_idempotency_key_created_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_family_session_reference"), table_name="family_session")
    op.drop_index(op.f("ix_family_session_expires_at"), table_name="family_session")
    op.drop_table("family_session")
    op.drop_index("family_file_institution", table_name="family_file")
    op.drop_index("family_file_feed", table_name="family_file")
    op.drop_index("family_file_contact", table_name="family_file")
    op.drop_table("family_file")
    op.drop_index(op.f("ix_delivery_seen_seen_at"), table_name="delivery_seen")
    op.drop_table("delivery_seen")
    op.drop_index(op.f("ix_conversation_expires_at"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_table("call_request")
    op.drop_index(op.f("ix_contact_reference"), table_name="contact")
    op.drop_index(op.f("ix_contact_phone_index"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_collection_session_site"), table_name="collection_session")
    op.drop_index("collection_session_open", table_name="collection_session", postgresql_where=sa.text("is_open"))
    op.drop_table("collection_session")
    op.drop_index(op.f("ix_challenge_expires_at"), table_name="challenge")
    op.drop_table("challenge")
    op.drop_table("audit_head")
    op.drop_index("audit_entry_unchained", table_name="audit_entry", postgresql_where=sa.text("sequence IS NULL"))
    op.drop_index("audit_entry_subject", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION audit_entry_is_kept")

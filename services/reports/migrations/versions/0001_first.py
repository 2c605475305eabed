"""The first tables of reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.messaging.history import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_messaging_tables()
    op.create_table(
        "report",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("own_case", sa.Uuid(), nullable=False),
        sa.Column("case", sa.Uuid(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("shared_with", JSONB(), nullable=False),
        sa.Column("contact_by", JSONB(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("linkage", JSONB(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("channel IN ('web', 'desk', 'api', 'import', 'phone')", name="channel_known"),
        sa.CheckConstraint("is_open = (status <> 'closed_at_family_request')", name="closed_is_not_open"),
        sa.CheckConstraint("reference ~ '^[0-9]{12}$'", name="reference_digits"),
        sa.CheckConstraint(
            "status IN ('received', 'being_checked', 'registered', 'more_information_needed', 'samples_needed', 'samples_complete', 'search_continues', 'please_contact_us', 'with_your_contact_person', 'closed_at_family_request')",
            name="status_known",
        ),
        sa.CheckConstraint("samples >= 0", name="samples_counted"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
        sa.ForeignKeyConstraint(["case"], ["case_file.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["own_case"], ["case_file.id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_report_case"), "report", ["case"], unique=False)
    op.create_index("report_of_institution", "report", ["institution", "received_at"], unique=False)
    op.create_index("report_shared_with", "report", ["shared_with"], unique=False, postgresql_using="gin")
    op.create_table(
        "blocking_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("key", "reference"),
    )
    op.create_index(op.f("ix_blocking_key_reference"), "blocking_key", ["reference"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "transaction", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_change_transaction"), "change", ["transaction"], unique=False)
    op.create_table(
        "contact_asked",
        sa.Column("contact_request", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("contact_request"),
    )
    op.create_table(
        "donor_sample",
        sa.Column("sample", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("donor", sa.Uuid(), nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("collected_version", sa.Integer(), nullable=False),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('collected', 'received', 'usable', 'repeat_needed')", name="state_known"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("sample", "reference"),
    )
    op.create_index(op.f("ix_donor_sample_donor"), "donor_sample", ["donor"], unique=False)
    op.create_index(op.f("ix_donor_sample_reference"), "donor_sample", ["reference"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("is_alive", sa.Boolean(), nullable=True),
        sa.Column("is_willing_to_give_sample", sa.Boolean(), nullable=True),
        sa.Column("sealed_phone", sa.String(), nullable=True),
        sa.Column("donor", sa.Uuid(), nullable=True),
        sa.CheckConstraint("role IN ('missing', 'relative', 'reporter', 'connecting')", name="role_known"),
        sa.CheckConstraint("sex IS NULL OR sex IN ('male', 'female')", name="sex_known"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_person_reference"), "person", ["reference"], unique=False)
    op.create_index(
        "one_missing_person", "person", ["reference"], unique=True, postgresql_where=sa.text("role = 'missing'")
    )
    op.create_index("person_of_donor", "person", ["donor"], unique=False, postgresql_where=sa.text("donor IS NOT NULL"))
    op.create_table(
        "report_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("second", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("explanation", JSONB(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'linked', 'rejected', 'undone')", name="state_known"),
        sa.CheckConstraint("first < second", name="each_pair_once"),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name="score_is_a_likelihood"),
        sa.ForeignKeyConstraint(["first"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["second"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("first", "second", name="one_link_a_pair"),
    )
    op.create_index(op.f("ix_report_link_first"), "report_link", ["first"], unique=False)
    op.create_index(op.f("ix_report_link_second"), "report_link", ["second"], unique=False)
    op.create_index(
        "report_link_to_review",
        "report_link",
        ["proposed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "status_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "status IN ('received', 'being_checked', 'registered', 'more_information_needed', 'samples_needed', 'samples_complete', 'search_continues', 'please_contact_us', 'with_your_contact_person', 'closed_at_family_request')",
            name="status_known",
        ),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_status_entry_reference"), "status_entry", ["reference"], unique=False)
    op.create_table(
        "wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("tell_when", sa.String(), nullable=False),
        sa.Column("further_remains", sa.String(), nullable=False),
        sa.Column("burial_of_further", sa.String(), nullable=False),
        sa.Column("sealed_wishes", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tell_when IN ('any_time', 'not_yet')", name="tell_when_known"),
        sa.CheckConstraint("told_by IN ('woman', 'man', 'either')", name="told_by_known"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_wishes_reference"), "wishes", ["reference"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("read_aloud", sa.Boolean(), nullable=False),
        sa.Column("sealed_witness", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('keep', 'share', 'contact', 'publish', 'compare_abroad', 'use_in_proceedings')",
            name="purpose_known",
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consent_of_reference", "consent", ["reference", "purpose", "recipient", "id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("sealed_safe_times", sa.String(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'call', 'whatsapp')", name="channel_known"),
        sa.CheckConstraint("detail IN ('neutral', 'detailed')", name="detail_known"),
        sa.CheckConstraint("language IN ('ar', 'ckb', 'kmr-Arab', 'kmr', 'en')", name="language_known"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_table(
        "identity_number",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("sealed_number", sa.String(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("sealed_entry", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_identity_number_number_index"), "identity_number", ["number_index"], unique=False)
    op.create_index(op.f("ix_identity_number_person"), "identity_number", ["person"], unique=False)
    op.create_index(op.f("ix_identity_number_reference"), "identity_number", ["reference"], unique=False)
    op.create_table(
        "link_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('linked', 'rejected', 'undone')", name="decision_known"),
        sa.ForeignKeyConstraint(["link"], ["report_link.id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_link_decision_link"), "link_decision", ["link"], unique=False)
    op.create_table(
        "parent_link",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("parent", sa.Uuid(), nullable=False),
        sa.Column("parent_is", sa.String(), nullable=False),
        sa.Column("biological", sa.String(), nullable=False),
        sa.CheckConstraint("biological IN ('yes', 'no', 'unknown')", name="biological_known"),
        sa.CheckConstraint("parent_is IN ('father', 'mother', 'unknown')", name="parent_is_known"),
        sa.CheckConstraint("child <> parent", name="nobody_is_their_own_parent"),
        sa.ForeignKeyConstraint(["child"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["parent"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("child", "parent"),
    )
    op.create_index(op.f("ix_parent_link_parent"), "parent_link", ["parent"], unique=False)
    op.create_index(op.f("ix_parent_link_reference"), "parent_link", ["reference"], unique=False)
    op.create_table(
        "partner_link",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("one", sa.Uuid(), nullable=False),
        sa.Column("other", sa.Uuid(), nullable=False),
        sa.CheckConstraint("one <> other", name="nobody_marries_themselves"),
        sa.ForeignKeyConstraint(["one"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["other"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("one", "other"),
    )
    op.create_index(op.f("ix_partner_link_reference"), "partner_link", ["reference"], unique=False)
    op.create_table(
        "stated_date",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.CheckConstraint("calendar IN ('gregorian', 'hijri', 'kurdish')", name="calendar_known"),
        sa.CheckConstraint("precision IN ('day', 'month', 'year', 'decade', 'unknown')", name="precision_known"),
        sa.CheckConstraint("what IN ('birth', 'disappearance')", name="what_known"),
        sa.CheckConstraint("day IS NULL OR month IS NOT NULL", name="day_needs_month"),
        sa.CheckConstraint("earliest <= latest", name="earliest_before_latest"),
        sa.CheckConstraint("month IS NULL OR year IS NOT NULL", name="month_needs_year"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stated_date_person"), "stated_date", ["person"], unique=False)
    op.create_index(op.f("ix_stated_date_reference"), "stated_date", ["reference"], unique=False)
    op.create_table(
        "statement",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("sealed_value", sa.String(), nullable=True),
        sa.CheckConstraint("(value IS NULL) <> (sealed_value IS NULL)", name="open_or_sealed"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_statement_reference"), "statement", ["reference"], unique=False)
    op.create_index("statement_of_person", "statement", ["person", "field"], unique=False)
    op.create_table(
        "written_name",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("given", sa.String(), nullable=True),
        sa.Column("father", sa.String(), nullable=True),
        sa.Column("grandfather", sa.String(), nullable=True),
        sa.Column("great_grandfather", sa.String(), nullable=True),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("kunya", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('official', 'known_as', 'spelling', 'transliteration')", name="kind_known"),
        sa.CheckConstraint("script IN ('arabic', 'latin', 'other')", name="script_known"),
        sa.CheckConstraint("whose IN ('own', 'mother', 'maternal_grandfather')", name="whose_known"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_written_name_person"), "written_name", ["person"], unique=False)
    op.create_index(op.f("ix_written_name_reference"), "written_name", ["reference"], unique=False)
    op.create_table(
        "phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("sealed_number", sa.String(), nullable=True),
        sa.Column("gateway_sealed", sa.String(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("is_verified = (verified_at IS NOT NULL)", name="verified_has_a_time"),
        sa.ForeignKeyConstraint(["contact"], ["contact.id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_phone_number_index"), "phone", ["number_index"], unique=False)
    op.create_index("one_phone_at_a_time", "phone", ["contact"], unique=True, postgresql_where=sa.text("until IS NULL"))

    op.execute(
        "CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME; END $$"
    )
    for table in ("consent", "link_decision"):
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION only_added()"
        )

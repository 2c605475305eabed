"""Who recorded a consent, who answers a family and by when, hand-overs, and questions to families of linked reports.

Consents from before name no institution: they count as they did. What families said before goes to the institution
that is responsible for the report, without a date.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("consent", sa.Column("recorded_for", sa.String(), nullable=True))
    op.add_column("phone", sa.Column("logs_in_from", MOMENT, nullable=True))
    op.add_column("concern", sa.Column("desk", sa.String(), nullable=True))
    op.add_column("concern", sa.Column("due_at", MOMENT, nullable=True))
    op.add_column("concern", sa.Column("risen_at", MOMENT, nullable=True))
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("giver", sa.String(), nullable=False),
        sa.Column("taker", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.String(), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("by_coordinator", sa.Boolean(), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'done', 'declined', 'ended')", name="state_known"),
        sa.CheckConstraint("taker <> giver", name="to_another"),
        sa.CheckConstraint(
            "state <> 'done' OR by_coordinator OR (accepted_at IS NOT NULL AND agreed_at IS NOT NULL)",
            name="both_sides_and_the_family",
        ),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hand_over_reference", "hand_over", ["reference"])
    op.create_index(
        "one_open_hand_over", "hand_over", ["reference"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("hand_over_of_taker", "hand_over", ["taker"], postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "closed_institution",
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("institution"),
    )
    op.add_column("report_link", sa.Column("first_reviewer", sa.Uuid(), nullable=True))
    op.add_column("report_link", sa.Column("first_decision", sa.String(), nullable=True))
    op.drop_constraint("state_known", "report_link")
    op.create_check_constraint(
        "state_known", "report_link", "state IN ('proposed', 'in_review', 'linked', 'rejected', 'undone')"
    )
    op.create_check_constraint(
        "in_review_by_somebody", "report_link", "(state = 'in_review') = (first_reviewer IS NOT NULL)"
    )
    op.create_check_constraint(
        "first_decision_by_somebody", "report_link", "(first_reviewer IS NULL) = (first_decision IS NULL)"
    )
    op.drop_index("report_link_to_review", "report_link")
    op.create_index(
        "report_link_to_review",
        "report_link",
        ["proposed_at"],
        postgresql_where=sa.text("state IN ('proposed', 'in_review')"),
    )
    op.create_table(
        "share_asked",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("link", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'yes', 'no', 'ended')", name="state_known"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["link"], ["report_link.id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("reference", "institution"),
    )
    op.create_index("ix_share_asked_link", "share_asked", ["link"])


def downgrade() -> None:
    op.drop_table("share_asked")
    op.drop_index("report_link_to_review", "report_link")
    for name in ("first_decision_by_somebody", "in_review_by_somebody", "state_known"):
        op.drop_constraint(name, "report_link")
    op.execute("UPDATE report_link SET state = 'proposed' WHERE state = 'in_review'")
    op.create_check_constraint("state_known", "report_link", "state IN ('proposed', 'linked', 'rejected', 'undone')")
    op.create_index(
        "report_link_to_review", "report_link", ["proposed_at"], postgresql_where=sa.text("state = 'proposed'")
    )
    op.drop_column("report_link", "first_decision")
    op.drop_column("report_link", "first_reviewer")
    op.drop_table("closed_institution")
    op.drop_table("hand_over")
    for column in ("risen_at", "due_at", "desk"):
        op.drop_column("concern", column)
    op.drop_column("phone", "logs_in_from")
    op.drop_column("consent", "recorded_for")

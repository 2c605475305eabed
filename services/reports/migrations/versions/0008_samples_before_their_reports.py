"""A sample is kept whether or not its report is in the record yet."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = "donor_sample_reference_fkey"


def upgrade() -> None:
    op.drop_constraint(KEY, "donor_sample", type_="foreignkey")


def downgrade() -> None:
    # Not validated: a sample that waits for its report stays.
    op.execute(f"ALTER TABLE donor_sample ADD CONSTRAINT {KEY} FOREIGN KEY (reference) REFERENCES report NOT VALID")

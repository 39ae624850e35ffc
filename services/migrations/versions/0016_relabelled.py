"""Remembers which catalog and models stored match keys are labelled with, and how far a walk to newer ones has come."""

from alembic import op

revision = "0016_relabelled"
down_revision: str | None = "0015_told"

UP = """
create table inventory.labelled_with (
    single boolean primary key default true check (single),
    version text not null,
    former text not null,
    reached text,
    changed_at timestamptz not null
)
"""


def upgrade() -> None:
    """Applies the statement above."""
    op.execute(UP)

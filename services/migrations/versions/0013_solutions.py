"""Keeps of a solution who a record names as its owner and makers, what it touches, when it was made and when it ran."""

from alembic import op

revision = "0013_solutions"
down_revision: str | None = "0012_rested"

UP = """
alter table inventory.solution
    add column owner_told boolean not null default false,
    add column makers text[] not null default '{}',
    add column touches text[] not null default '{}',
    add column created_at timestamptz,
    add column first_run_at timestamptz,
    add column last_run_at timestamptz
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

"""Keeps when each part of a solution was told: the latest word on each holds, in whatever order they come."""

from alembic import op

revision = "0015_told"
down_revision: str | None = "0014_truth"

UP = """
alter table inventory.solution
    add column name_at timestamptz, add column environment_at timestamptz, add column connectors_at timestamptz,
    add column sharing_at timestamptz, add column touches_at timestamptz;
update inventory.solution set
    name_at = case when name is not null then coalesce(described_at, last_seen) end,
    environment_at = case when environment is not null then coalesce(described_at, last_seen) end,
    connectors_at = case when connectors <> '{}' then coalesce(described_at, last_seen) end,
    sharing_at = case when sharing is not null then coalesce(described_at, last_seen) end,
    touches_at = case when touches <> '{}' then coalesce(described_at, last_seen) end
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

"""Tells grains that use alone marked from those to be judged at once; finds the alerts a grain had."""

from alembic import op

revision = "0012_rested"
down_revision: str | None = "0011_operations"

UP = """
alter table inventory.dirty_grain add column urgent boolean not null default true;
create index alert_grain on inventory.alert (grain)
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

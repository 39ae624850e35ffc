"""Makes the tables of inventory."""

from alembic import op

revision = "0005_inventory"
down_revision: str | None = "0004_access"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

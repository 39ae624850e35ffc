"""Makes the tables of delivery."""

from alembic import op

revision = "0006_delivery"
down_revision: str | None = "0005_inventory"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

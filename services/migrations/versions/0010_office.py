"""Adds what registry forms, imports and coverage need."""

from alembic import op

revision = "0010_office"
down_revision: str | None = "0009_formats"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

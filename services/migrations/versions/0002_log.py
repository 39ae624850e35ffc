"""Makes the tables of log."""

from alembic import op

revision = "0002_log"
down_revision: str | None = "0001_kit"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

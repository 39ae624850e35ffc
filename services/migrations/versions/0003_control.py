"""Makes the tables of control."""

from alembic import op

revision = "0003_control"
down_revision: str | None = "0002_log"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

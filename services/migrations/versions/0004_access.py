"""Makes the tables of access."""

from alembic import op

revision = "0004_access"
down_revision: str | None = "0003_control"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

"""Makes the tables of kit."""

from alembic import op

revision = "0001_kit"
down_revision: str | None = None

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

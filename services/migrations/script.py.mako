"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}

UP = """
set local lock_timeout = '5s';
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

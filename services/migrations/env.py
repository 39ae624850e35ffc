"""Alembic asks for this file; the chain is run by services/kit/migrate.py, which configures it."""

from alembic import context

context.run_migrations()

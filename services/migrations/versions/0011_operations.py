"""Adds what operating sources, dead letters and backups need."""

from alembic import op

revision = "0011_operations"
down_revision: str | None = "0010_office"

UP = """
create table control.request (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('test', 'replay')),
    subject text not null,
    asked_by text not null,
    asked_at timestamptz not null,
    taken_until timestamptz not null default '-infinity',
    attempts integer not null default 0,
    done_at timestamptz,
    outcome text,
    message text,
    result jsonb not null default '{}'
);
create index request_waiting on control.request (id) where done_at is null;
create index request_of on control.request (kind, subject, id desc);
create table control.removed_source (
    instance text primary key,
    removed_at timestamptz not null default now()
);
create index dead_letter_listed on control.dead_letter (first_failed_at, id)
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

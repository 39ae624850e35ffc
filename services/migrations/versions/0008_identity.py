"""Adds what identity providers' sessions need: who they are there, in which groups, and a name to revoke them by."""

from alembic import op

revision = "0008_identity"
down_revision: str | None = "0007_deciding"

UP = """
alter table control.session
    add column id text not null default left(replace(gen_random_uuid()::text, '-', ''), 12),
    add column issuer text,
    add column person text,
    add column provider_session text,
    add column groups text[] not null default '{}',
    add column id_token text;
create unique index session_id on control.session (id);
create index session_person on control.session (issuer, person) where issuer is not null;
create table control.logout_seen (
    issuer text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (issuer, jti)
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

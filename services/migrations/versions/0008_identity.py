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
create table control.scim_user (
    id text primary key,
    number bigint generated always as identity unique,
    instance text not null references control.source_instance on delete cascade,
    user_name text not null,
    external_id text,
    emails text[] not null default '{}',
    sealed text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
create unique index scim_user_name on control.scim_user (instance, user_name);
create index scim_user_external_id on control.scim_user (instance, external_id) where external_id is not null;
create index scim_user_emails on control.scim_user using gin (emails);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

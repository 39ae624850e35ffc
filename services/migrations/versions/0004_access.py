"""Makes the tables of access: tokens, sessions, sign-in links, and the append-only audit trail."""

from alembic import op

revision = "0004_access"
down_revision: str | None = "0003_control"

UP = """
create table control.token (
    id text primary key,
    name text not null,
    digest text not null,
    scopes text[] not null,
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create table control.session (
    digest text primary key,
    subject text not null,
    roles text[] not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create table control.sign_in (
    digest text primary key,
    subject text not null,
    roles text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create table control.audit (
    number bigint primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    object text not null,
    detail jsonb not null,
    previous text not null,
    digest text not null
);
create table control.audit_head (
    lone boolean primary key default true check (lone),
    number bigint not null,
    digest text not null
);
insert into control.audit_head (number, digest) values (0, repeat('0', 64));
create function control.refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'the audit trail is append-only'; end $$;
create trigger audit_append_only before update or delete or truncate on control.audit
    for each statement execute function control.refuse_change();
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

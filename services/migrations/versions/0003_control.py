"""Makes the tables of control."""

from alembic import op

revision = "0003_control"
down_revision: str | None = "0002_log"

UP = """
create table control.source_instance (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    connector text not null,
    name text not null unique,
    config jsonb not null default '{}',
    folder text,
    pattern text not null default '*',
    every_seconds double precision check (every_seconds > 0),
    silent_seconds double precision check (silent_seconds > 0),
    paused boolean not null default false,
    next_run_at timestamptz,
    outcome text not null default 'never_run',
    message text,
    failures integer not null default 0,
    last_event_at timestamptz,
    last_success_at timestamptz,
    records bigint not null default 0,
    observed bigint not null default 0,
    ignored bigint not null default 0,
    rejected bigint not null default 0,
    published bigint not null default 0,
    lateness double precision[],
    told_state text,
    created_at timestamptz not null default now()
);
create index source_instance_due on control.source_instance (next_run_at) where not paused;
create table control.lease (
    instance text not null references control.source_instance on delete cascade,
    generation integer not null,
    owner text not null,
    until timestamptz not null,
    token bigint not null,
    primary key (instance, generation)
);
create table control.cursor (
    instance text not null references control.source_instance on delete cascade,
    generation integer not null,
    text text not null,
    saved_at timestamptz not null default now(),
    primary key (instance, generation)
);
create table control.backfill (
    instance text not null references control.source_instance on delete cascade,
    generation integer not null,
    from_at timestamptz not null,
    to_at timestamptz not null check (to_at > from_at),
    state text not null default 'waiting' check (state in ('waiting', 'done', 'dropped')),
    requested_at timestamptz not null default now(),
    next_try_at timestamptz not null default '-infinity',
    done_at timestamptz,
    primary key (instance, generation)
);
create table control.run (
    id bigint generated always as identity primary key,
    instance text not null references control.source_instance on delete cascade,
    generation integer not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    outcome text,
    pages bigint not null default 0,
    records bigint not null default 0,
    observed bigint not null default 0,
    ignored jsonb not null default '{}',
    rejected bigint not null default 0,
    published bigint not null default 0,
    message text
);
create index run_of_instance on control.run (instance, id desc);
create table control.file_position (
    instance text not null references control.source_instance on delete cascade,
    file text not null,
    path text not null,
    position bigint not null,
    head text not null,
    stamp text not null,
    saved_at timestamptz not null default now(),
    primary key (instance, file)
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

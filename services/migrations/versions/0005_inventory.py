"""Makes the tables of the inventory: cells, seen ids, labels, identities, solutions, registry, alerts, outbox."""

from alembic import op

revision = "0005_inventory"
down_revision: str | None = "0004_access"

UP = """
create schema if not exists inventory;
create table inventory.cell (
    arrival_day date not null,
    instance text not null,
    generation integer not null,
    actor text not null,
    key text not null,
    action text not null,
    event_day date not null,
    count bigint not null,
    bytes_out bigint not null,
    bytes_in bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    classes text[] not null default '{}',
    primary key (key, actor, event_day, instance, generation, arrival_day, action)
) with (fillfactor = 50);
create index cell_actor on inventory.cell (actor);
create table inventory.seen_id (
    event_day date not null,
    id uuid not null
) partition by range (event_day);
create table inventory.source_type (
    instance text primary key,
    source text not null,
    state text not null default 'never_run',
    changed_at timestamptz,
    last_event_at timestamptz
);
create table inventory.label (
    key text primary key,
    verdict text not null,
    tool text,
    confidence double precision not null,
    basis text[] not null,
    catalog text not null,
    author text,
    reason text,
    changed_at timestamptz not null
);
create index label_tool on inventory.label (tool);
create table inventory.class_evidence (
    key text not null,
    name text not null,
    confidence double precision not null,
    basis text not null,
    primary key (key, name)
);
create table inventory.person (
    person text primary key,
    unit text,
    active boolean not null,
    left_on date,
    sealed text not null,
    source text not null,
    observed_at timestamptz not null
);
create table inventory.identity (
    identifier text primary key,
    person text not null,
    linked_at timestamptz not null
);
create index identity_person on inventory.identity (person);
create table inventory.actor_unit (
    actor text primary key,
    unit text not null,
    named_at timestamptz
);
create table inventory.solution (
    id text primary key,
    type text not null,
    name text,
    environment text,
    connectors text[] not null default '{}',
    sharing text,
    owner text,
    owner_at timestamptz,
    described_at timestamptz,
    deleted_at timestamptz,
    first_seen timestamptz not null,
    last_seen timestamptz not null
);
create table inventory.solution_use (
    solution text not null,
    actor text not null,
    key text not null,
    instance text not null,
    event_day date not null,
    count bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    classes text[] not null default '{}',
    primary key (solution, actor, key, instance, event_day)
);
create table inventory.registry_entry (
    id text primary key,
    entry jsonb not null,
    revision integer not null default 1,
    changed_by text not null,
    changed_at timestamptz not null,
    removed_at timestamptz
);
create table inventory.registry_history (
    id text not null,
    revision integer not null,
    entry jsonb,
    changed_by text not null,
    changed_at timestamptz not null,
    primary key (id, revision)
);
create table inventory.dirty_grain (
    grain text primary key,
    since timestamptz not null
);
create table inventory.alert (
    id text primary key,
    grain text not null,
    state text not null check (state in ('open', 'snoozed', 'closed')),
    revision integer not null,
    opened_at timestamptz not null,
    changed_at timestamptz not null,
    snoozed_until timestamptz,
    assignee text,
    payload text not null
);
create unique index alert_one_open on inventory.alert (grain) where state <> 'closed';
create index alert_newest on inventory.alert (opened_at desc, id desc);
create table inventory.decision (
    number bigint generated always as identity primary key,
    alert text not null references inventory.alert (id),
    grain text not null,
    decision text not null,
    reason text not null,
    author text not null,
    at timestamptz not null,
    until timestamptz
);
create index decision_grain on inventory.decision (grain, number desc);
create table inventory.outbox (
    id text primary key,
    alert text not null,
    revision integer not null,
    payload text not null,
    created_at timestamptz not null,
    relayed_at timestamptz,
    unique (alert, revision)
);
create index outbox_waiting on inventory.outbox (alert, revision) where relayed_at is null;
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

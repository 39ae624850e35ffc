"""Adds what corrections of labels, undo and assignment of decisions need."""

from alembic import op

revision = "0007_deciding"
down_revision: str | None = "0006_delivery"

UP = """
create function inventory.rfc3339(at text) returns timestamptz language sql immutable strict as
    $$ select at::timestamptz $$;
create function inventory.class_names(alert jsonb) returns text[] language sql immutable strict as
    $$ select coalesce(array_agg(distinct each ->> 'name'), '{}')
        from jsonb_array_elements(alert -> 'classes') as each $$;
alter table inventory.alert
    add column standing text generated always as ((payload::jsonb) ->> 'standing') stored,
    add column severity text generated always as ((payload::jsonb) ->> 'severity') stored,
    add column kind text generated always as ((payload::jsonb) ->> 'kind') stored,
    add column tool text generated always as ((payload::jsonb) ->> 'tool') stored,
    add column unit text generated always as ((payload::jsonb) ->> 'unit') stored,
    add column people integer generated always as (coalesce(((payload::jsonb) ->> 'people')::integer, 0)) stored,
    add column last_seen timestamptz
        generated always as (inventory.rfc3339((payload::jsonb) ->> 'last_seen')) stored,
    add column classes text[] generated always as (coalesce(inventory.class_names(payload::jsonb), '{}')) stored,
    add column searched text generated always as (lower(
        ((payload::jsonb) ->> 'title') || ' ' || coalesce((payload::jsonb) ->> 'tool_name', '')
        || ' ' || coalesce((payload::jsonb) ->> 'vendor', '') || ' ' || (id) || ' ' || (grain))) stored;
create index alert_tool on inventory.alert (tool) where state <> 'closed';
create table inventory.alert_listing (
    id text primary key,
    ids text[] not null,
    made_at timestamptz not null
);
alter table inventory.decision
    add column assignee text,
    add column before text,
    add column snoozed_before timestamptz,
    add column assignee_before text,
    add column entry text,
    add column entry_revision integer,
    add column entry_before jsonb,
    add column bulk text,
    add column undone_at timestamptz,
    add column undone_by text;
create index decision_alert on inventory.decision (alert, number desc);
create index decision_bulk on inventory.decision (bulk) where bulk is not null;
create table inventory.bulk (
    id text primary key,
    decision text not null,
    author text not null,
    at timestamptz not null,
    outcomes text not null
);
create table inventory.correction (
    number bigint generated always as identity primary key,
    key text not null,
    verdict text not null check (verdict in ('ai', 'embedded', 'related', 'none')),
    tool text,
    reason text not null,
    author text not null,
    at timestamptz not null,
    decision bigint references inventory.decision (number),
    undone_at timestamptz,
    undone_by text
);
create index correction_key on inventory.correction (key);
create index correction_decision on inventory.correction (decision) where decision is not null;
create table inventory.label_told (like inventory.label including all);
create sequence inventory.label_change;
create table inventory.label_outbox (
    key text primary key,
    change bigint not null
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

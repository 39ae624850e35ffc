"""Adds what registry forms, imports and coverage need."""

from alembic import op

revision = "0010_office"
down_revision: str | None = "0009_formats"

UP = """
alter table inventory.registry_entry add lapses_on date;
update inventory.registry_entry set lapses_on = least((entry ->> 'expires_at')::date,
    case when entry ->> 'certified_at' is not null then
    least((entry ->> 'certified_at')::date + interval '1 year', '9999-12-31'::timestamp)::date end);
create index registry_lapses on inventory.registry_entry (lapses_on) where removed_at is null;
create index registry_tools on inventory.registry_entry using gin ((entry -> 'tools')) where removed_at is null;
create index registry_solutions on inventory.registry_entry using gin ((entry -> 'solution_ids'))
    where removed_at is null;
create table inventory.import_draft (
    id text primary key,
    name text not null,
    author text not null,
    created_at timestamptz not null
);
create index import_draft_oldest on inventory.import_draft (created_at);
create table inventory.import_row (
    draft text not null references inventory.import_draft on delete cascade,
    line integer not null,
    id text not null,
    entry jsonb not null
);
create index import_row_draft on inventory.import_row (draft, line);
create table inventory.import_fault (
    draft text not null references inventory.import_draft on delete cascade,
    line integer not null,
    field text not null,
    message text not null
);
create index import_fault_draft on inventory.import_fault (draft, line);
create table inventory.tool_figures (
    tool text not null,
    unit text,
    verdict text not null,
    people bigint not null,
    bytes_out bigint not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    events text not null,
    classes text[] not null,
    counted_at timestamptz not null,
    unique nulls not distinct (tool, unit)
);
create table inventory.headcount (
    unit text,
    people bigint not null,
    recent bigint not null,
    covered bigint not null,
    counted_at timestamptz not null,
    seconds double precision not null,
    unique nulls not distinct (unit)
)
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

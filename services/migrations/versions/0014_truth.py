"""Counts when events came and in which words sources speak; keeps what is stated of each source's completeness."""

from alembic import op

revision = "0014_truth"
down_revision: str | None = "0013_solutions"

UP = """
create table control.arrival (
    instance text not null references control.source_instance on delete cascade,
    happened integer not null,
    seen integer not null,
    count bigint not null,
    primary key (instance, happened, seen)
);
create table control.arrival_id (
    instance text not null references control.source_instance on delete cascade,
    id bigint not null,
    happened integer not null,
    primary key (instance, id)
);
create table control.truth (
    instance text primary key references control.source_instance on delete cascade,
    thinned smallint not null default 0,
    due_at timestamptz not null default '-infinity',
    said jsonb
);
create table control.word (
    instance text not null references control.source_instance on delete cascade,
    word text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    observed bigint not null default 0,
    ignored bigint not null default 0,
    rejected bigint not null default 0,
    actors text[] not null default '{}',
    primary key (instance, word)
);
create index word_news on control.word (first_seen_at);
alter table inventory.source_type add column weaknesses text[] not null default '{}'
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

"""Makes the tables of the PostgreSQL log: topics, a head row a partition, segments, positions and leases.

Records live in segment tables, `log.r<topic id>_<day>`, made by the log itself (services/kit/eventlog/segments.py).
"""

from alembic import op

revision = "0002_log"
down_revision: str | None = "0001_kit"

UP = """
create schema if not exists log;
create table log.topic (
    id integer generated always as identity unique,
    name text primary key,
    partitions integer not null check (partitions > 0),
    retention_seconds double precision
);
create table log.head (
    topic text not null references log.topic (name),
    partition integer not null,
    next bigint not null default 0,
    first bigint not null default 0,
    primary key (topic, partition)
);
create table log.segment (
    topic text not null references log.topic (name),
    day date not null,
    name text not null unique,
    firsts bigint[] not null,
    primary key (topic, day)
);
create table log.position (
    topic text not null,
    grp text not null,
    partition integer not null,
    next bigint not null,
    kept boolean not null default false,
    primary key (topic, grp, partition)
);
create table log.lease (
    topic text not null,
    grp text not null,
    partition integer not null,
    member text,
    generation bigint not null default 0,
    until timestamptz not null default '-infinity',
    primary key (topic, grp, partition)
);
create table log.member (
    topic text not null,
    grp text not null,
    member text not null,
    until timestamptz not null,
    primary key (topic, grp, member)
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

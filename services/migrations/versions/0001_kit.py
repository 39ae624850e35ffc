"""Makes the tables of the plumbing: positions, dead letters, the keys' fingerprint."""

from alembic import op

revision = "0001_kit"
down_revision: str | None = None

UP = """
create table control.position (
    log text not null,
    grp text not null,
    topic text not null,
    partition integer not null,
    next bigint not null,
    saved_at timestamptz not null default now(),
    primary key (log, grp, topic, partition)
);
create table control.dead_letter (
    id text primary key,
    origin text not null,
    position text not null,
    reason text not null,
    attempts integer not null,
    first_failed_at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'replayed', 'dropped')),
    changed_at timestamptz not null default now(),
    sealed text not null
);
create index dead_letter_waiting on control.dead_letter (origin, first_failed_at) where state = 'waiting';
create table control.fingerprint (
    id integer primary key default 1 check (id = 1),
    keys text not null
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

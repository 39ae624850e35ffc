"""Makes the tables of delivery: webhook endpoints, one row for each message to each, one for each attempt."""

from alembic import op

revision = "0006_delivery"
down_revision: str | None = "0005_inventory"

UP = """
create schema if not exists inventory;
create table inventory.webhook (
    id text primary key,
    url text not null,
    description text not null default '',
    types text[] not null default '{}',
    secret text not null,
    former_secret text,
    former_until timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    disabled_at timestamptz,
    disabled_reason text,
    failing_since timestamptz,
    last_success_at timestamptz,
    removed_at timestamptz
);
create table inventory.delivery (
    number bigint generated always as identity primary key,
    webhook text not null references inventory.webhook (id),
    message text not null,
    alert text not null,
    revision integer not null,
    type text not null,
    body text not null,
    state text not null check (state in ('waiting', 'delivered', 'dead')),
    attempts integer not null default 0,
    claimed_by bigint,
    next_at timestamptz not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    reason text,
    unique (webhook, message)
);
create index delivery_line on inventory.delivery (webhook, alert, revision, number) where state = 'waiting';
create index delivery_due on inventory.delivery (next_at) where state = 'waiting';
create index delivery_claimed on inventory.delivery (claimed_by) where state = 'waiting' and claimed_by is not null;
create index delivery_ended on inventory.delivery (ended_at) where state = 'delivered';
create table inventory.delivery_attempt (
    delivery bigint not null references inventory.delivery (number) on delete cascade,
    attempt integer not null,
    at timestamptz not null,
    status integer,
    milliseconds integer,
    error text,
    primary key (delivery, attempt)
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

"""Adds what webhook filters, formats and replays, the feed of changes, and intake by HEC need."""

from alembic import op

revision = "0009_formats"
down_revision: str | None = "0008_identity"

UP = """
alter table inventory.webhook
    add column format text not null default 'penumbra',
    add column severities text[] not null default '{}',
    add column standings text[] not null default '{}',
    add column units text[] not null default '{}',
    add column tools text[] not null default '{}';
create table inventory.webhook_followed (
    webhook text not null references inventory.webhook (id),
    alert text not null,
    primary key (webhook, alert)
);
alter table inventory.delivery
    add column format text not null default 'penumbra',
    add column tried_before integer not null default 0;
create index delivery_newest on inventory.delivery (webhook, number desc);
alter table inventory.outbox add column number bigint unique;
create index outbox_created on inventory.outbox (created_at);
create table inventory.change_head (
    lone boolean primary key default true check (lone),
    number bigint not null
);
update inventory.outbox o set number = n.number
    from (select id, row_number() over (order by relayed_at, alert, revision) as number
          from inventory.outbox where relayed_at is not null) n
    where n.id = o.id;
insert into inventory.change_head (number) select coalesce(max(number), 0) from inventory.outbox;
create table control.hec_route (
    id integer generated always as identity primary key,
    instance text not null references control.source_instance on delete cascade,
    token text,
    sourcetype text,
    source text,
    created_at timestamptz not null default now(),
    unique nulls not distinct (token, sourcetype, source)
);
"""


def upgrade() -> None:
    """Applies the statements above, one by one."""
    for statement in filter(str.strip, UP.split(";\n")):
        op.execute(statement)

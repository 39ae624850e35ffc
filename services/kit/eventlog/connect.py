"""Which log: `PENUMBRA_LOG_URL` says `postgres`, or `kafka://host:port,…`."""

from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.errors import Misconfigured
from services.kit.eventlog import EventLog
from services.kit.eventlog.postgres import PostgresLog
from services.kit.settings import Settings

LEASE_SECONDS, SESSION_SECONDS = 6.0, 10.0


def connect(settings: Settings, engine: AsyncEngine) -> EventLog:
    """The log the settings name; raises Misconfigured for another scheme."""
    scheme, _, servers = settings.log_url.partition("://")
    silent = settings.takeover_seconds
    if scheme == "postgres":
        return PostgresLog(engine, prefix=settings.topic_prefix, lease_seconds=silent or LEASE_SECONDS)
    if scheme == "kafka" and servers:
        from services.kit.eventlog.kafka import KafkaLog  # noqa: PLC0415 - only where Kafka is used

        return KafkaLog(servers, settings, session_seconds=silent or SESSION_SECONDS)
    raise Misconfigured("PENUMBRA_LOG_URL: write postgres, or kafka://host:port,host:port")

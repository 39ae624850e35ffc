"""Netskope: applications and pages people used, policies that fired, DLP hits; from the REST API v2 export or files.

`pull.py` has the protocol of the export, `record.py` what a record says, `exchange.py` the names Cloud Exchange gives.
"""

from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector
from connectors.netskope.exchange import is_exchange
from connectors.netskope.pull import STREAMS, fetch
from connectors.netskope.record import parse
from schemas.observation import Kind
from schemas.secretref import SecretRef

_USUAL = ("application", "page", "policy", "dlp")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `tenant` is the tenant's name or host: acme, or acme.eu.goskope.com.
    `token` is a reference (env: or file:) to a REST API v2 token.
    `streams` are what is pulled: application, page, policy and dlp alerts; alert (all alerts, these two among them) and
    incident on demand. `index` names our place in the export: no one else may use it.
    `base_url` overrides the address made of the tenant.
    """

    tenant: str
    token: str
    streams: tuple[str, ...] = _USUAL
    index: str = "penumbra"
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)
        if unknown := [stream for stream in self.streams if stream not in STREAMS]:
            raise ValueError(f"streams: {', '.join(unknown)} not known; there are {', '.join(STREAMS)}")


_KEYS = {
    "_id", "timestamp", "type", "record_type", "access_method", "traffic_type", "appcategory", "ccl", "cci", "userkey",
    "ur_normalized", "user", "alert", "alert_type", "instance_id", "organization_unit", "srcip", "dstip", "site",
    "netskope_pop", "audit_log_event", "_insertion_epoch_timestamp", "severity", "dlp_incident_id", "severity_level",
}  # fmt: skip
_OWN = {"ur_normalized", "netskope_pop", "nsdeviceuid", "traffic_type", "access_method", "_insertion_epoch_timestamp"}


def recognise(record: Any) -> float:
    """How much a JSON object looks like a record of Netskope: its own names, and how many of the others."""
    if not isinstance(record, dict):
        return 0.0
    if is_exchange(record):
        return 0.95
    if not {"_id", "timestamp"} <= record.keys():
        return 0.0
    known = len(_KEYS & record.keys())
    return round(min(0.95, (0.5 if _OWN & record.keys() else 0.0) + 0.05 * known), 2)


CONNECTOR = Connector(
    name="netskope",
    title="Netskope",
    kinds=(Kind.WEB, Kind.AUDIT, Kind.DLP),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.netskope.com/en/using-the-rest-api-v2-dataexport-iterator-endpoints",
    permissions=tuple(f"/api/v2/events/dataexport/{STREAMS[name]} (read)" for name in _USUAL),
    granted_in="Settings > Tools > REST API v2 > New Token > Add Endpoint",
    plan="Netskope with REST API v2; DLP alerts need DLP",
    cursor="kept by Netskope under our index; ours says whether the last batch is on the log",
    lateness=timedelta(minutes=15),
    every=timedelta(minutes=1),
    rate=4.0,
    evidence="real sample",
    samples=("netskope/export.json", "netskope/cloud_exchange.ndjson"),
    secrets=("token",),
)

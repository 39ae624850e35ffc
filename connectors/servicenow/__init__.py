"""ServiceNow: Now Assist used, agents people built, AI switched or changed, applications and services let in or called.

Table API: https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html; the log of generative AI:
https://www.servicenow.com/docs/r/zurich/intelligent-experiences/generative-ai-controller/
generative-ai-controller-tables.html; of sys_audit: "Understanding the sys_audit table" there (read 2026-11-21).
`feed.py` fetches, `record.py` reads. The form of a row, each field `{display_value, value}`, as others captured it:
elastic/integrations (packages/servicenow). Not verified: columns of `sn_aia_agent`, `oauth_entity` and
`sys_rest_message`, read in public programs whose authors looked them up in an instance; the least role that may read
these tables.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.servicenow.feed import STREAMS, fetch
from connectors.servicenow.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`instance` is `acme` of acme.service-now.com; `client_id` and `client_secret` (a reference, env: or file:) are
    those of an OAuth client with client credentials.

    `streams` are what is pulled: usage, changes, agents, applications, services. `base_url` overrides the address.
    """

    instance: str
    client_id: str
    client_secret: str
    streams: tuple[str, ...] = STREAMS
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        if unknown := [stream for stream in self.streams if stream not in STREAMS]:
            raise ValueError(f"streams: {', '.join(unknown)} not known; there are {', '.join(STREAMS)}")
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


CONNECTOR = Connector(
    name="servicenow",
    title="ServiceNow (Now Assist, agents, OAuth clients, changes)",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html",
    permissions=(
        "snc_platform_rest_api_access",
        "sn_aia.viewer",
        "read access to sys_gen_ai_usage_log, sys_audit, oauth_entity and sys_rest_message",
    ),
    granted_in=(
        "System OAuth > Application Registry > New > Create an OAuth API endpoint for external clients (client "
        "credentials, with an OAuth application user); the user's roles, and its time zone GMT, in User Administration "
        "> Users"
    ),
    plan="Now Assist, for its usage; AI Agent Studio, for agents",
    cursor="creation of rows; agents, applications and services once a day",
    lateness=timedelta(minutes=10),
    lookback=timedelta(minutes=30),
    max_back=timedelta(days=90),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="vendor example",
    samples=("servicenow/rows.json",),
    wrapped_in=("result",),
    secrets=("client_secret",),
)

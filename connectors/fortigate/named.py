"""FortiGate's CEF: FortiOS names with the prefix FTNTFGT, and CEF's own names for the rest.

Which name stands for which was read 2026-11-21 off the examples of FortiOS' Log Reference, chapter CEF Support
(`Fortinet|Fortigate|v6.0.3|13056|utm:webfilter ftgd_blk blocked|…`): `app` is the service, `requestContext` the
category, `out` what was sent, `externalId` the session.
"""

from connectors.base import Rejected
from connectors.shared.textlog import cef

_NAMES = {
    "deviceexternalid": "devid", "externalid": "sessionid", "duser": "user", "suser": "user", "src": "srcip",
    "dst": "dstip", "dpt": "dstport", "dhost": "hostname", "act": "action", "request": "url", "out": "sentbyte",
    "in": "rcvdbyte", "requestclientapplication": "agent", "fname": "filename", "requestcontext": "catdesc",
    "shost": "srcname",
}  # fmt: skip
_PREFIX = "ftntfgt"


def of_cef(line: str) -> tuple[str, str, dict[str, str]]:
    """Type, subtype, and the values by FortiOS' names. Raises Rejected for an event of another vendor."""
    event = cef.read(line)
    if event.vendor.lower() != "fortinet":
        raise Rejected("an event of another vendor")
    values = {
        key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else _NAMES[key]: value
        for key, value in event.values.items()
        if key.startswith(_PREFIX) or key in _NAMES
    }
    category = event.values.get("cat") or event.name.partition(" ")[0]
    kind, _, subtype = category.partition(":")
    return kind.lower(), (values.get("subtype") or subtype).lower(), values

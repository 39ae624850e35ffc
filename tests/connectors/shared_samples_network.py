"""Samples of firewalls, proxies and DLP systems that nobody of this project captured."""

FOLDERS = {
    "panos": "panos",
    "fortigate": "fortigate",
    "cisco_umbrella": "cisco_umbrella",
    "cef": "cef",
    "forcepoint_web": "forcepoint",
}
REJECTED: dict[str, dict[str, int]] = {
    name: {"the event has no time": many}
    for name, many in {"elastic_cef.cef": 1, "elastic_netscaler.cef": 5, "elastic_trend_micro.cef": 1}.items()
}
"""Events taken out of the syslog that dated them."""

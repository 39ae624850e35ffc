"""Samples of firewalls, proxies and DLP systems that nobody of this project captured."""

FOLDERS = {"panos": "panos", "fortigate": "fortigate"}
REJECTED: dict[str, dict[str, int]] = {}

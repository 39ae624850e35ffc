"""Samples of firewalls, proxies and DLP systems that nobody of this project captured."""

FOLDERS = {"panos": "panos", "fortigate": "fortigate", "cisco_umbrella": "cisco_umbrella"}
REJECTED: dict[str, dict[str, int]] = {}

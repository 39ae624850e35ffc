"""Shared samples of devices: which source reads a folder, and what of it can't be read, with the reason."""

FOLDERS = {"osquery": "osquery", "mcp_configs": "mcp_config"}
REJECTED: dict[str, dict[str, int]] = {}

"""GitHub's REST API, for the audit log and for Copilot's seats. No source of its own."""

from connectors.shared.github.rest import GitHub, told

__all__ = ["GitHub", "told"]

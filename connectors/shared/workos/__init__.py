"""Audit events as WorkOS keeps and streams them for the products of others (Dust, Replit).

Read 2026-11-21: https://workos.com/docs/audit-logs (an event's form, with example) and …/log-streams (streams to S3,
Google Cloud Storage, a SIEM or an address that takes HTTP POST). No source of its own.
"""

from connectors.shared.workos.event import Event, Target, event, recognised

__all__ = ["Event", "Target", "event", "recognised"]

"""What the audit logs of work products have in common: times, people, and words that speak of AI.

No source of its own.
"""

from connectors.auditlog.moments import maybe, moment
from connectors.auditlog.people import person
from connectors.auditlog.wording import names_ai, of_ai

__all__ = ["maybe", "moment", "names_ai", "of_ai", "person"]

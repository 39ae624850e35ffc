"""What the audit logs of work products have in common: times, people, sign-in, and words that speak of AI.

No source of its own.
"""

from connectors.shared.auditlog.moments import maybe, moment
from connectors.shared.auditlog.people import person
from connectors.shared.auditlog.session import Session, Signed, access_token
from connectors.shared.auditlog.wording import names_ai, of_ai

__all__ = ["Session", "Signed", "access_token", "maybe", "moment", "names_ai", "of_ai", "person"]

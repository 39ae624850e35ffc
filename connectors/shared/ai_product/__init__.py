"""What the logs and APIs of AI products have in common: small facts beside an observation, whose a thing is,
providers by the words used for them, what a refusal means, and the words of a prompt.

No source of its own.
"""

from connectors.shared.ai_product.facts import facts
from connectors.shared.ai_product.people import owner
from connectors.shared.ai_product.providers import provider
from connectors.shared.ai_product.refusals import refusals
from connectors.shared.ai_product.spoken import spoken

__all__ = ["facts", "owner", "provider", "refusals", "spoken"]

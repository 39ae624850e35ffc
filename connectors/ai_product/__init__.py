"""What the logs and APIs of AI products have in common: small facts beside an observation, and what a refusal means.

No source of its own.
"""

from connectors.ai_product.facts import facts
from connectors.ai_product.refusals import refusals

__all__ = ["facts", "refusals"]

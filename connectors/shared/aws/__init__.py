"""What AWS's logs have in common: the envelopes they come in, and who a principal is. No source of its own."""

from connectors.shared.aws.envelope import HIDDEN, WRAPPED_IN, opened, shown
from connectors.shared.aws.principal import ADDRESS, Principal, of_arn, of_identity

__all__ = ["ADDRESS", "HIDDEN", "WRAPPED_IN", "Principal", "of_arn", "of_identity", "opened", "shown"]

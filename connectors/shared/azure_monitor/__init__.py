"""What Azure Monitor's logs have in common: their envelope, the resource they are about, who called. No source."""

from connectors.shared.azure_monitor.caller import Caller, of_claims
from connectors.shared.azure_monitor.envelope import address, identity, opened, outcome
from connectors.shared.azure_monitor.resource_id import Resource, resource

__all__ = ["Caller", "Resource", "address", "identity", "of_claims", "opened", "outcome", "resource"]

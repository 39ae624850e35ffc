"""The Trust Layer's log of generative AI: requests to models, from Data 360 (GenAIGatewayRequest__dlm).

Fields: `gatewayRequestId__c`, `timestamp__c`, `userId__c` (`NOT_SET` for the system), `orgId__c`, `model__c`,
`provider__c`, `feature__c`, `promptTemplateDevName__c`, `totalTokens__c`. `prompt__c` and `maskedPrompt__c` are neither
asked for nor read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.salesforce.eventlog import AGENTFORCE
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import text
from schemas.observation import Kind, Object, Observation, Solution

COLUMNS = (
    "gatewayRequestId__c", "timestamp__c", "userId__c", "orgId__c", "model__c", "provider__c", "feature__c",
    "promptTemplateDevName__c",
)  # fmt: skip
_NOBODY = "NOT_SET"


def asked(record: Mapping[str, Any]) -> Iterator[Observation]:
    """A request to a model; a prompt template is something somebody built."""
    vendor_id, template = text(record.get("gatewayRequestId__c")), text(record.get("promptTemplateDevName__c"))
    account = text(record.get("userId__c"))
    model = text(record.get("model__c"))
    solution = Solution(
        id=f"salesforce_prompt_template:{template}", type="salesforce_prompt_template", name=template,
        touches=(model,) if model else (),
    ) if template else None  # fmt: skip
    told = {"model": model, "provider": text(record.get("provider__c")), "feature": text(record.get("feature__c"))}
    yield Observation(
        source="salesforce",
        kind=Kind.AUDIT,
        at=moment(record.get("timestamp__c"), "timestamp__c"),
        id=f"salesforce:{vendor_id}" if vendor_id else "",
        actor=None if account == _NOBODY else person(account=account),
        app=AGENTFORCE,
        action="generate",
        object=Object(type="prompt_template", id=template, name=template) if template else None,
        solution=solution,
        tenant=text(record.get("orgId__c")),
        attributes={name: value for name, value in told.items() if value},
    )

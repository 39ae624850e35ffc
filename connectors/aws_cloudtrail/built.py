"""What an event built, changed, ran or deleted in an AI service, as a Solution. Pure.

Fields are those of the operations' requests and answers in the package botocore 1.44.5, which CloudTrail writes with a
small first letter (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from connectors.shared.aws import shown
from connectors.shared.graph import under
from schemas.observation import Solution

_WORDS = re.compile(r"(Create|Update|Delete|Put|Prepare|Associate|Disassociate)([A-Z]\w*)")
_VERSION = re.compile(r"V\d+$")


class Thing(msgspec.Struct, frozen=True):
    """One sort of thing: the fields that may hold its id and its name, and the object of the answer that holds both.

    `part_of` marks what belongs to a thing of this type (an alias, a data source): it changes that thing.
    """

    type: str
    ids: tuple[str, ...]
    names: tuple[str, ...] = ()
    inner: str = ""
    part_of: bool = False


def _agent_part(inner: str) -> Thing:
    return Thing("bedrock_agent", ("agentId",), (), inner, part_of=True)


_Q_APPLICATION_PART = Thing("q_business_application", ("applicationId",), (), "", part_of=True)
_AUTOML = Thing("sagemaker_automl_job", ("autoMLJobName",), ("autoMLJobName",))
THINGS: Mapping[str, Mapping[str, Thing]] = {
    "bedrock": {
        "Agent": Thing("bedrock_agent", ("agentId",), ("agentName",), "agent"),
        "AgentAlias": _agent_part("agentAlias"),
        "AgentActionGroup": _agent_part("agentActionGroup"),
        "AgentKnowledgeBase": _agent_part("agentKnowledgeBase"),
        "AgentCollaborator": _agent_part("agentCollaborator"),
        "Flow": Thing("bedrock_flow", ("flowIdentifier", "id"), ("name",)),
        "FlowAlias": Thing("bedrock_flow", ("flowIdentifier", "flowId"), (), "", part_of=True),
        "KnowledgeBase": Thing("bedrock_knowledge_base", ("knowledgeBaseId",), ("name",), "knowledgeBase"),
        "DataSource": Thing("bedrock_knowledge_base", ("knowledgeBaseId",), (), "dataSource", part_of=True),
        "Prompt": Thing("bedrock_prompt", ("promptIdentifier", "id"), ("name",)),
        "ModelCustomizationJob": Thing("bedrock_custom_model", ("customModelName",), ("customModelName",)),
        "ModelImportJob": Thing("bedrock_imported_model", ("importedModelName",), ("importedModelName",)),
        "MarketplaceModelEndpoint": Thing(
            "bedrock_endpoint", ("endpointName", "endpointArn"), ("endpointName",), "marketplaceModelEndpoint"
        ),
        "DataAutomationProject": Thing("bedrock_data_automation_project", ("projectArn",), ("projectName",)),
    },
    "bedrock-agentcore": {
        "AgentRuntime": Thing("agentcore_runtime", ("agentRuntimeId",), ("agentRuntimeName",)),
        "Gateway": Thing("agentcore_gateway", ("gatewayIdentifier", "gatewayId"), ("name",)),
        "GatewayTarget": Thing("agentcore_gateway", ("gatewayIdentifier",), (), "", part_of=True),
        "Harness": Thing("agentcore_harness", ("harnessId",), ("harnessName",), "harness"),
    },
    "sagemaker": {
        "Endpoint": Thing("sagemaker_endpoint", ("endpointName",), ("endpointName",)),
        "NotebookInstance": Thing("sagemaker_notebook", ("notebookInstanceName",), ("notebookInstanceName",)),
        "Domain": Thing("sagemaker_domain", ("domainId",), ("domainName",)),
        "Model": Thing("sagemaker_model", ("modelName",), ("modelName",)),
        "Pipeline": Thing("sagemaker_pipeline", ("pipelineName",), ("pipelineDisplayName", "pipelineName")),
        "AutoMLJob": _AUTOML,
    },
    "qbusiness": {
        "Application": Thing("q_business_application", ("applicationId",), ("displayName", "name")),
        "Plugin": _Q_APPLICATION_PART,
        "DataSource": _Q_APPLICATION_PART,
        "WebExperience": _Q_APPLICATION_PART,
    },
    "qapps": {"QApp": Thing("q_app", ("appId",), ("title",))},
    "wisdom": {
        "AIAgent": Thing("q_in_connect_agent", ("aiAgentId",), ("name",), "aiAgent"),
        "Assistant": Thing("q_in_connect_assistant", ("assistantId",), ("name",), "assistant"),
    },
    "lex": {"Bot": Thing("lex_bot", ("botId", "name"), ("botName", "name"))},
    "kendra": {"Index": Thing("kendra_index", ("id",), ("name",))},
    "comprehend": {
        "DocumentClassifier": Thing(
            "comprehend_classifier", ("documentClassifierName", "documentClassifierArn"), ("documentClassifierName",)
        ),
        "EntityRecognizer": Thing(
            "comprehend_recognizer", ("recognizerName", "entityRecognizerArn"), ("recognizerName",)
        ),
        "Endpoint": Thing("comprehend_endpoint", ("endpointName", "endpointArn"), ("endpointName",)),
    },
    "rekognition": {
        "Project": Thing("rekognition_project", ("projectName", "projectArn"), ("projectName",)),
        "Collection": Thing("rekognition_collection", ("collectionId",), ("collectionId",)),
    },
    "personalize": {
        "Solution": Thing("personalize_solution", ("solutionArn", "name"), ("name",)),
        "Campaign": Thing("personalize_campaign", ("campaignArn", "name"), ("name",)),
    },
    "forecast": {"Predictor": Thing("forecast_predictor", ("predictorName", "predictorArn"), ("predictorName",))},
    "frauddetector": {"Detector": Thing("fraud_detector", ("detectorId",), ("detectorId",))},
    "transcribe": {"LanguageModel": Thing("transcribe_language_model", ("modelName",), ("modelName",))},
    "textract": {"Adapter": Thing("textract_adapter", ("adapterId",), ("adapterName",))},
}
_RUN = {
    "InvokeAgent": ("bedrock", "Agent"), "InvokeFlow": ("bedrock", "Flow"), "Retrieve": ("bedrock", "KnowledgeBase"),
    "InvokeEndpoint": ("sagemaker", "Endpoint"), "InvokeEndpointAsync": ("sagemaker", "Endpoint"),
    "InvokeEndpointWithResponseStream": ("sagemaker", "Endpoint"), "Chat": ("qbusiness", "Application"),
    "ChatSync": ("qbusiness", "Application"), "PredictQApp": ("qapps", "QApp"), "RecognizeText": ("lex", "Bot"),
    "RecognizeUtterance": ("lex", "Bot"), "DetectCustomLabels": ("rekognition", "Project"),
}  # fmt: skip
_TOUCHED = ("foundationModel", "baseModelIdentifier", "modelSourceIdentifier", "knowledgeBaseId", "endpointConfigName")


def changed(service: str, event: str, record: Mapping[str, Any], at: datetime) -> Solution | None:
    """The thing an event made, changed or deleted; None where it is about none that is told apart."""
    verb, thing = _planned(service, event)
    if thing is None:
        return None
    told = _told(record, thing.inner)
    where = _where(record)
    vendor_id = _id(told, thing.ids)
    if vendor_id is None:
        return None
    return Solution(
        id=f"{thing.type}:{where}/{vendor_id}",
        type=thing.type,
        name=_first(told, thing.names),
        environment=where,
        connectors=_connectors(told),
        touches=_touches(told, vendor_id),
        deleted=verb == "Delete" and not thing.part_of,
        created_at=at if verb == "Create" and not thing.part_of else None,
    )


@lru_cache(maxsize=1024)
def _planned(service: str, event: str) -> tuple[str, Thing | None]:
    """(verb, thing) of an event's name: `CreateAutoMLJobV2` creates an `AutoMLJob`."""
    found = _WORDS.fullmatch(event)
    if found is None:
        return "", None
    return found[1], THINGS.get(service, {}).get(_VERSION.sub("", found[2]))


def ran(service: str, event: str, record: Mapping[str, Any], at: datetime) -> Solution | None:
    """The thing a call used; None where a call uses none that somebody built."""
    of, noun = _RUN.get(event, ("", ""))
    if of != service:
        return None
    thing, where = THINGS[of][noun], _where(record)
    vendor_id = _id(_told(record, ""), thing.ids)
    if vendor_id is None:
        return None
    return Solution(id=f"{thing.type}:{where}/{vendor_id}", type=thing.type, environment=where, last_run_at=at)


def _told(record: Mapping[str, Any], inner: str) -> dict[str, Any]:
    """Request and answer as one; what the answer says of a field counts."""
    answer = under(record, "responseElements")
    return {**under(record, "requestParameters"), **answer, **(under(answer, inner) if inner else {})}


def _where(record: Mapping[str, Any]) -> str:
    account = shown(record.get("recipientAccountId")) or shown(under(record, "userIdentity").get("accountId"))
    return f"{account or 'unknown'}/{shown(record.get('awsRegion')) or 'unknown'}"


def _first(told: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if (value := shown(told.get(key)))), None)


def _id(told: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of the fields that is there; of an ARN the name behind its sort (`…:agent/NAME/1`)."""
    value = _first(told, keys)
    if value is None or not value.startswith("arn:"):
        return value
    return value.partition("/")[2].partition("/")[0] or value.rpartition(":")[2] or None


def _touches(told: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """Models, knowledge bases and configurations it stands on, itself left out."""
    found = (shown(told.get(key)) for key in _TOUCHED)
    return tuple(dict.fromkeys(name for name in found if name and name != own))


def _connectors(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Systems a knowledge base, agent or application reads: stores and sources by AWS's word, plug-ins by theirs."""
    found = (
        shown(under(told, "storageConfiguration").get("type")),
        shown(under(told, "dataSourceConfiguration").get("type")),
        shown(told.get("actionGroupName")),
        shown(told.get("type")) if "pluginId" in told else None,
    )
    return tuple(dict.fromkeys(name for name in found if name))

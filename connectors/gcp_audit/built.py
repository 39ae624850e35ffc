"""The thing a method made, changed, used or deleted, as a Solution. Pure.

Resource names: https://docs.cloud.google.com/vertex-ai/docs/reference/rest and its neighbours (read 2026-11-21). What
a long operation makes has its name in the operation's (`…/reasoningEngines/2227/operations/2401`), where `resourceName`
is the place alone. A project goes by its id or its number; the id of the entry's own label is taken where it has one.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.gcp_audit.services import Call
from connectors.shared.graph import text, under
from schemas.observation import Solution

THINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "aiplatform": {
        "endpoints": ("vertex_endpoint", "Endpoint"),
        "datasets": ("vertex_dataset", "Dataset"),
        "models": ("vertex_model", "Model"),
        "trainingPipelines": ("vertex_training_pipeline", "TrainingPipeline"),
        "reasoningEngines": ("vertex_agent", "ReasoningEngine"),
        "ragCorpora": ("vertex_rag_corpus", "RagCorpus"),
        "extensions": ("vertex_extension", "Extension"),
        "notebookRuntimes": ("vertex_notebook", "NotebookRuntime"),
        "featurestores": ("vertex_feature_store", "Featurestore"),
        "indexes": ("vertex_index", "Index"),
        "indexEndpoints": ("vertex_index_endpoint", "IndexEndpoint"),
        "schedules": ("vertex_schedule", "Schedule"),
    },
    "automl": {"datasets": ("automl_dataset", "Dataset"), "models": ("automl_model", "Model")},
    "ml": {"models": ("ai_platform_model", "Model")},
    "notebooks": {"instances": ("vertex_workbench", "Instance"), "runtimes": ("vertex_workbench", "Runtime")},
    "dialogflow": {"agents": ("dialogflow_agent", "Agent"), "agent": ("dialogflow_agent", "Agent")},
    "documentai": {"processors": ("document_ai_processor", "Processor")},
    "discoveryengine": {
        "engines": ("gemini_enterprise_app", "Engine"),
        "dataStores": ("gemini_enterprise_data_store", "DataStore"),
        "agents": ("gemini_enterprise_agent", "Agent"),
    },
}
_ID = re.compile(r"[A-Za-z0-9_.~-]{1,128}")


def solution(
    service: str, call: Call, entry: Mapping[str, Any], payload: Mapping[str, Any], at: datetime
) -> Solution | None:
    """The thing an entry is about; None where it is about none that somebody built."""
    found = _thing(service, entry, payload)
    if found is None:
        return None
    kind, noun, where, vendor_id = found
    request, method = under(payload, "request"), call.method
    return Solution(
        id=f"{kind}:{where}/{vendor_id}",
        type=kind,
        name=_name(request, noun),
        environment=where,
        deleted=method == f"Delete{noun}",
        touches=_touches(request) if call.builds else (),
        created_at=at if method in {f"Create{noun}", f"Upload{noun}", f"Import{noun}"} else None,
        last_run_at=None if call.builds else at,
    )


def _thing(
    service: str, entry: Mapping[str, Any], payload: Mapping[str, Any]
) -> tuple[str, str, str, str] | None:  # fmt: skip
    """(type, noun, project/location, id) of the innermost known thing in the names an entry gives."""
    known = THINGS.get(service, {})
    named = (
        under(payload, "response").get("name"),
        under(entry, "operation").get("id"),
        payload.get("resourceName"),
    )
    for name in named:
        parts = name.partition("/operations/")[0].split("/") if isinstance(name, str) else []
        if "publishers" in parts:
            continue
        pairs = list(zip(parts[::2], parts[1::2], strict=False))
        for collection, vendor_id in reversed(pairs):
            if collection in known and _ID.fullmatch(vendor_id):
                return *known[collection], _where(entry, dict(pairs)), vendor_id
    return None


def _where(entry: Mapping[str, Any], pairs: Mapping[str, str]) -> str:
    project = text(under(under(entry, "resource"), "labels").get("project_id")) or pairs.get("projects") or "unknown"
    return f"{project}/{pairs.get('locations') or 'global'}"


def _name(request: Mapping[str, Any], noun: str) -> str | None:
    """The display name: in the thing's own object, or of the request."""
    own = under(request, noun[:1].lower() + noun[1:])
    return text(own.get("displayName")) or text(request.get("displayName"))


def _touches(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The model that is deployed, the data set that is trained on, the stores an engine searches: their last names."""
    stores = under(request, "engine").get("dataStoreIds")
    found = [
        under(request, "deployedModel").get("model"),
        under(under(request, "trainingPipeline"), "inputDataConfig").get("datasetId"),
        under(request, "model").get("datasetId"),
        *(stores if isinstance(stores, list) else ()),
    ]
    names = (name.rpartition("/")[2] for name in found if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in names if _ID.fullmatch(name)))

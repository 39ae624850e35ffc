"""Azure's resource providers that are AI, and which of their resources somebody builds. Pure.

Operations and types: https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
(read 2026-11-21); `Microsoft.SecurityCopilot` and `Microsoft.HealthBot` in its neighbours of the same form.
"""

from connectors.shared.azure_monitor import Resource

_SERVICES = "Azure AI services"
PROVIDERS = {
    "microsoft.cognitiveservices": _SERVICES,
    "microsoft.machinelearningservices": "Azure Machine Learning",
    "microsoft.machinelearning": "Azure Machine Learning",
    "microsoft.search": "Azure AI Search",
    "microsoft.botservice": "Azure AI Bot Service",
    "microsoft.healthbot": "Azure Health Bot",
    "microsoft.videoindexer": "Azure AI Video Indexer",
    "microsoft.securitycopilot": "Microsoft Security Copilot",
}
_FAMILIES = ("openai", "copilot", "aifoundry", "aiservices")
"""What a provider's name holds that Microsoft adds beside these: it is AI until somebody says otherwise."""
TYPES = {
    ("microsoft.cognitiveservices", "accounts"): "azure_ai_account",
    ("microsoft.cognitiveservices", "accounts/deployments"): "azure_model_deployment",
    ("microsoft.cognitiveservices", "accounts/projects"): "foundry_project",
    ("microsoft.cognitiveservices", "accounts/projects/applications"): "foundry_agent",
    ("microsoft.machinelearningservices", "workspaces"): "azure_ml_workspace",
    ("microsoft.machinelearningservices", "workspaces/onlineendpoints"): "azure_ml_endpoint",
    ("microsoft.machinelearningservices", "workspaces/batchendpoints"): "azure_ml_endpoint",
    ("microsoft.machinelearningservices", "workspaces/serverlessendpoints"): "azure_ml_endpoint",
    ("microsoft.machinelearningservices", "workspaces/computes"): "azure_ml_compute",
    ("microsoft.machinelearningservices", "workspaces/schedules"): "azure_ml_schedule",
    ("microsoft.search", "searchservices"): "azure_search_service",
    ("microsoft.botservice", "botservices"): "azure_bot",
    ("microsoft.healthbot", "healthbots"): "azure_health_bot",
    ("microsoft.videoindexer", "accounts"): "azure_video_indexer",
}


def product(provider: str, types: tuple[str, ...]) -> str | None:
    """The AI product of a provider's resource, or None for one that is none."""
    if provider == "microsoft.cognitiveservices":
        return "Azure OpenAI" if "deployments" in types else "Azure AI Foundry" if "projects" in types else _SERVICES
    found = PROVIDERS.get(provider)
    if found is None and provider.startswith("microsoft.") and any(word in provider for word in _FAMILIES):
        return _SERVICES
    return found


def thing(about: Resource) -> tuple[str, Resource] | None:
    """(type, resource) of the innermost thing somebody builds that a resource is or is part of."""
    for depth in range(len(about.types), 0, -1):
        found = TYPES.get((about.provider, "/".join(about.types[:depth])))
        if found is not None:
            return found, about.upto(depth)
    return None

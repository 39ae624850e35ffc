"""What an alert is called, in one plain sentence."""

from collections.abc import Sequence

from schemas.alert import Standing

SAYS = {
    Standing.UNREGISTERED: "is used{where} and not registered",
    Standing.PROHIBITED: "is prohibited and used{where}",
    Standing.EXPIRED: "is used{where} after its registration expired",
    Standing.OUT_OF_SCOPE: "is used{where} outside its registered scope",
    Standing.OWNERLESS: "is used{where} and has no owner",
    Standing.DRIFTED: "is used{where} beyond its declared tier",
    Standing.DORMANT: "has not been used{where} for long",
    Standing.REGISTERED: "is registered{where}",
    Standing.TOLERATED: "is tolerated{where}",
    Standing.UNDER_REVIEW: "is under review{where}",
}
KINDS = {
    "power_automate_flow": "Power Automate flow", "power_app": "Power Apps app",
    "copilot_studio_agent": "Copilot Studio agent", "power_automate_desktop_flow": "Power Automate desktop flow",
    "ai_builder_model": "AI Builder model", "google_workspace_flow": "Google Workspace flow",
    "azure_ai_foundry_agent": "Azure AI Foundry agent", "azure_search_service": "Azure AI Search service",
    "document_ai_processor": "Document AI processor", "gemini_enterprise_app": "Gemini Enterprise app",
    "q_business_application": "Amazon Q Business application", "q_app": "Amazon Q app",
    "h2o_dai_engine": "H2O Driverless AI engine", "databricks_genie_space": "Databricks Genie space",
    "cloudflare_ai_gateway": "Cloudflare AI Gateway", "ai_agent": "AI agent", "ai_application": "AI application",
}  # fmt: skip
"""Types whose vendor writes them otherwise than their words would be."""
_SPELT = {
    "ai": "AI", "ml": "ML", "mcp": "MCP", "gpt": "GPT", "hf": "Hugging Face", "sap": "SAP", "h2o": "H2O",
    "chatgpt": "ChatGPT", "automl": "AutoML", "openai": "OpenAI", "litellm": "LiteLLM", "datarobot": "DataRobot",
    "appsheet": "AppSheet", "servicenow": "ServiceNow", "sagemaker": "SageMaker", "agentcore": "AgentCore",
    "rest": "REST",
}  # fmt: skip
"""Words that are not written as other words are."""
STATES = {
    "silent": "has sent nothing for longer than usual", "failing": "can't be read",
    "no_permission": "lacks a permission", "not_licensed": "is not licensed", "not_enabled": "is not switched on",
}  # fmt: skip


def title(name: str, standing: Standing, unit: str | None) -> str:
    """`Claude is used in Sales and not registered`; a unit nobody knows is left out."""
    where = f" in {unit}" if unit and unit != "unknown" else ""
    return f"{name} {SAYS[standing].format(where=where)}"


def nameless(type_: str, name: str) -> str:
    """`Power Automate flow 4ab4f4f5`: what a solution is called whose source tells no name."""
    return f"{kind(type_)} {name.rpartition(':')[2][:8]}"


def kind(type_: str) -> str:
    """A solution's type as its vendor writes it: `power_automate_flow` → `Power Automate flow`."""
    first, *others = type_.split("_")
    words = [_SPELT.get(first, first.capitalize()), *(_SPELT.get(word, word) for word in others)]
    return KINDS.get(type_) or " ".join(words)


WEAKNESSES = {
    "overdue": "was not read when it was due", "incomplete": "tells a part of its events only after days",
    "rejecting": "sends records that can't be read",
}  # fmt: skip


def capability_title(product: str, instance: str, stem: str, names: int) -> str:
    """`Slack AI may have a new AI capability: source slack-1 tells of 3 new names under ai.assistant`."""
    under = f"a new name, {stem}" if names == 1 else f"{names} new names under {stem}"
    return f"{product} may have a new AI capability: source {instance} tells of {under}"


def source_title(instance: str, state: str, weaknesses: Sequence[str] = ()) -> str:
    """`Source proxy-1 has sent nothing for longer than usual`; of one that is read, what degrades it."""
    if state in STATES or not weaknesses:
        return f"Source {instance} {STATES.get(state, state)}: what happens there is not seen"
    said = " and ".join(WEAKNESSES.get(name, name) for name in weaknesses)
    return f"Source {instance} {said}: a part of what happens there is not seen"

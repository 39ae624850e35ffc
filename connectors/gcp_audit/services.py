"""Google Cloud's AI services by `serviceName`, what they are called, and which of their methods only look.

Names of services and methods: https://docs.cloud.google.com/vertex-ai/docs/general/audit-logging,
https://cloud.google.com/automl/docs/audit-logging, and the pages of that form for the others (read 2026-11-21); methods
as in the packages google-cloud-aiplatform 2.7.0, -automl 2.21.0, -dialogflow 2.54.0, -discoveryengine 0.20.5 and
-documentai 3.16.0. The console calls `google.cloud.aiplatform.ui.…`, so versions are not looked at.
"""

import re
from functools import lru_cache

import msgspec

PRODUCTS = {
    "aiplatform": "Vertex AI",
    "ml": "Vertex AI",
    "notebooks": "Vertex AI",
    "visionai": "Vertex AI",
    "automl": "Google Cloud AutoML",
    "generativelanguage": "Gemini API",
    "cloudaicompanion": "Gemini Code Assist",
    "businessaicode": "Gemini Code Assist",
    "geminidataanalytics": "Gemini for Google Cloud",
    "discoveryengine": "Gemini Enterprise",
    "dialogflow": "Dialogflow",
    "documentai": "Document AI",
    "contactcenterinsights": "Google Cloud Contact Center AI",
    "language": "Google Cloud Natural Language",
    "speech": "Google Cloud Speech-to-Text",
    "texttospeech": "Google Cloud Text-to-Speech",
    "translate": "Google Cloud Translation",
    "videointelligence": "Google Cloud Video Intelligence",
    "vision": "Google Cloud Vision",
}
BY_SERVICE = {f"{name}.googleapis.com": product for name, product in PRODUCTS.items()}
_FAMILIES = (("aiplatform", "Vertex AI"), ("gemini", "Gemini for Google Cloud"), ("genai", "Gemini for Google Cloud"))
_LOOKED_AT = ("Get", "List", "BatchGet", "Fetch", "Lookup", "Check", "Search", "TestIamPermissions", "get", "list")
_USED_ALL_THE_SAME = frozenset({"Search", "SearchLite", "SearchKnowledge", "CheckGrounding"})


_BUILT = re.compile(
    r"(Create|Update|Delete|Deploy|Undeploy|Upload|Import|Export|Patch|Train|Set|Restore|Copy|Assign|Tune|Mutate|Rebase)"
    r"(?!Session|Conversation$|Context|Participant|CachedContent|UserEvent|Answer)[A-Z]?\w*"
)


class Call(msgspec.Struct, frozen=True):
    """One method of one service: its product (None where it is no AI), its last word, and what it does there."""

    product: str | None
    method: str
    looks: bool
    builds: bool


@lru_cache(maxsize=4096)
def call(service: str, method_name: str) -> Call:
    """What a method does; entries name few of them over and over."""
    method = method_name.rpartition(".")[2]
    looks = not method or (method.startswith(_LOOKED_AT) and method not in _USED_ALL_THE_SAME)
    return Call(product(service), method, looks, _BUILT.fullmatch(method) is not None)


def product(service: str) -> str | None:
    """The AI product of a service, or None for one that is none."""
    found = BY_SERVICE.get(service)
    if found is None:
        return next((name for prefix, name in _FAMILIES if service.startswith(prefix)), None)
    return found

"""AWS's AI services by the source of their events, and the product each belongs to.

Event sources are the services' signing names with `.amazonaws.com`, as their endpoints are named in the package
botocore 1.44.5 (data/*/service-2.json); `bedrock` stands for Bedrock's runtime and agents too, as in
https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html. `q`, `qbusiness`, `lex` and
`bedrock-agentcore` stand so in the examples of AWS's documentation (logging-using-cloudtrail of each; read 2026-11-21);
`codewhisperer`, `wisdom` and `nova-act` were met in no record.
"""

_Q = "Amazon Q Developer"
PRODUCTS = {
    "bedrock": "Amazon Bedrock",
    "bedrock-agentcore": "Amazon Bedrock AgentCore",
    "nova-act": "Amazon Nova Act",
    "sagemaker": "Amazon SageMaker",
    "q": _Q,
    "codewhisperer": _Q,
    "qbusiness": "Amazon Q Business",
    "qapps": "Amazon Q Business",
    "wisdom": "Amazon Q in Connect",
    "comprehend": "Amazon Comprehend",
    "comprehendmedical": "Amazon Comprehend Medical",
    "rekognition": "Amazon Rekognition",
    "textract": "Amazon Textract",
    "kendra": "Amazon Kendra",
    "kendra-ranking": "Amazon Kendra",
    "lex": "Amazon Lex",
    "transcribe": "Amazon Transcribe",
    "polly": "Amazon Polly",
    "translate": "Amazon Translate",
    "personalize": "Amazon Personalize",
    "forecast": "Amazon Forecast",
    "frauddetector": "Amazon Fraud Detector",
    "machinelearning": "Amazon Machine Learning",
    "codeguru-reviewer": "Amazon CodeGuru Reviewer",
    "devops-guru": "Amazon DevOps Guru",
}
BY_SOURCE = {f"{name}.amazonaws.com": product for name, product in PRODUCTS.items()}
_FAMILIES = (("bedrock", "Amazon Bedrock"), ("sagemaker", "Amazon SageMaker"))
"""Services that AWS adds beside these are of the same product until somebody says otherwise."""
LOOKED_AT = ("List", "Describe", "Get", "BatchGet", "Search")
"""How calls begin that read what is there: nobody uses AI by them …"""
USED_ALL_THE_SAME = frozenset(
    {
        "GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations", "GetEventPrediction",
        "SearchFaces", "SearchFacesByImage", "SearchUsers", "SearchUsersByImage", "SearchRelevantContent",
    }
)  # fmt: skip
"""… but by these."""


def product(source: str) -> str | None:
    """The AI product of an event source, or None for a service that is none."""
    found = BY_SOURCE.get(source)
    if found is None:
        return next((name for prefix, name in _FAMILIES if source.startswith(prefix)), None)
    return found


def looked_at(event: str) -> bool:
    """Whether a call only reads what is there."""
    return event.startswith(LOOKED_AT) and event not in USED_ALL_THE_SAME

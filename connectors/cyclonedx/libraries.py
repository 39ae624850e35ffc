"""Packages an application calls models or builds agents with, by the type and name of their package URL.

Names of pypi and npm are those of the registries (looked up 2026-11-21); those of maven, nuget, golang, cargo and gem
are the vendors' own. A name that ends in `*` stands for all that begin so. Libraries that only train or compute (torch,
scikit-learn) and general clouds' (boto3) are left out: they say nothing of AI in use.
"""

import re
from collections.abc import Iterator, Mapping

from connectors.shared.ai_product import provider
from schemas.observation import App

_LANGCHAIN, _LLAMAINDEX = App(name="LangChain", publisher="LangChain"), App(name="LlamaIndex", publisher="LlamaIndex")
_MCP = App(name="Model Context Protocol")
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pypi": {
        "openai": ("openai", "openai-agents"), "anthropic": ("anthropic", "claude-agent-sdk"),
        "gemini": ("google-genai", "google-generativeai", "google-adk"), "vertex_ai": ("vertexai",),
        "mistral": ("mistralai",), "cohere": ("cohere",), "groq": ("groq",), "together": ("together",),
        "replicate": ("replicate",), "fireworks": ("fireworks-ai",), "ollama": ("ollama",), "voyage": ("voyageai",),
        "perplexity": ("perplexityai",), "xai": ("xai-sdk",), "github_copilot": ("github-copilot-sdk",),
        "azure_ai": ("azure-ai-inference", "azure-ai-projects", "azure-ai-agents"),
        "bedrock": ("anthropic-bedrock", "bedrock-agentcore"), "databricks": ("databricks-langchain",),
        "huggingface": (
            "transformers", "diffusers", "huggingface-hub", "sentence-transformers", "smolagents", "peft", "trl",
        ),
    },
    "npm": {
        "openai": ("openai", "@openai/agents", "@ai-sdk/openai"), "azure": ("@azure/openai",),
        "anthropic": ("@anthropic-ai/sdk", "@anthropic-ai/claude-agent-sdk", "@ai-sdk/anthropic"),
        "gemini": ("@google/genai", "@google/generative-ai"), "vertex_ai": ("@google-cloud/vertexai",),
        "mistral": ("@mistralai/mistralai",), "cohere": ("cohere-ai",), "groq": ("groq-sdk",), "voyage": ("voyageai",),
        "huggingface": ("@huggingface/inference", "@huggingface/transformers", "@xenova/transformers"),
        "ollama": ("ollama",), "replicate": ("replicate",), "together": ("together-ai",),
        "azure_ai": ("@azure-rest/ai-inference",), "github_copilot": ("@github/copilot-sdk",),
        "bedrock": ("@aws-sdk/client-bedrock-runtime", "@aws-sdk/client-bedrock-agent-runtime"),
        "perplexity": ("@perplexity-ai/perplexity_ai",),
    },
    "maven": {
        "openai": ("com.openai/openai-java*",), "anthropic": ("com.anthropic/anthropic-java*",),
        "azure": ("com.azure/azure-ai-openai*",), "azure_ai": ("com.azure/azure-ai-inference",),
        "bedrock": ("software.amazon.awssdk/bedrockruntime", "software.amazon.awssdk/bedrockagentruntime"),
        "vertex_ai": ("com.google.cloud/google-cloud-vertexai",), "gemini": ("com.google.genai/google-genai",),
    },
    "nuget": {
        "openai": ("openai",), "azure": ("azure.ai.openai",), "anthropic": ("anthropic", "anthropic.sdk"),
        "azure_ai": ("azure.ai.inference", "azure.ai.projects"), "ollama": ("ollamasharp",),
        "bedrock": ("awssdk.bedrockruntime", "awssdk.bedrockagentruntime"),
    },
    "golang": {
        "openai": ("github.com/openai/openai-go*", "github.com/sashabaranov/go-openai"),
        "anthropic": ("github.com/anthropics/anthropic-sdk-go",), "ollama": ("github.com/ollama/ollama",),
        "gemini": ("google.golang.org/genai", "github.com/google/generative-ai-go"),
        "bedrock": ("github.com/aws/aws-sdk-go-v2/service/bedrockruntime",),
    },
    "cargo": {"openai": ("async-openai",), "bedrock": ("aws-sdk-bedrockruntime",), "ollama": ("ollama-rs",)},
    "gem": {"openai": ("openai", "ruby-openai"), "anthropic": ("anthropic",)},
}  # fmt: skip
_APPS: Mapping[str, Mapping[App, tuple[str, ...]]] = {
    "pypi": {
        _LANGCHAIN: ("langchain", "langchain-*", "langgraph", "langgraph-*"), _LLAMAINDEX: ("llama-index*",),
        App(name="CrewAI", publisher="CrewAI"): ("crewai", "crewai-*"), _MCP: ("mcp", "fastmcp"),
        App(name="LiteLLM"): ("litellm",), App(name="Semantic Kernel"): ("semantic-kernel",),
        App(name="AutoGen"): ("pyautogen", "ag2", "autogen-*"), App(name="Pydantic AI"): ("pydantic-ai*",),
        App(name="Haystack"): ("haystack-ai",), App(name="DSPy"): ("dspy",), App(name="Strands"): ("strands-agents*",),
        App(name="vLLM"): ("vllm",), App(name="llama.cpp"): ("llama-cpp-python",),
        App(name="AI21 Labs", publisher="AI21 Labs"): ("ai21",),
        App(name="DataRobot", publisher="DataRobot"): ("datarobot",),
        App(name="watsonx.ai", publisher="IBM"): ("ibm-watsonx-ai",),
    },
    "npm": {
        _LANGCHAIN: ("langchain", "@langchain/*"), _LLAMAINDEX: ("llamaindex", "@llamaindex/*"),
        App(name="Vercel AI SDK"): ("ai", "@ai-sdk/*"), _MCP: ("@modelcontextprotocol/sdk",),
        App(name="Mastra"): ("@mastra/*",), App(name="Genkit"): ("genkit", "@genkit-ai/*"),
    },
    "maven": {
        App(name="LangChain4j"): ("dev.langchain4j/*",), App(name="Spring AI"): ("org.springframework.ai/*",),
        _MCP: ("io.modelcontextprotocol.sdk/*",),
    },
    "nuget": {
        App(name="Semantic Kernel"): ("microsoft.semantickernel*",), _MCP: ("modelcontextprotocol*",),
        App(name="Microsoft.Extensions.AI"): ("microsoft.extensions.ai*",),
    },
    "golang": {
        App(name="LangChainGo"): ("github.com/tmc/langchaingo",), _MCP: ("github.com/modelcontextprotocol/go-sdk",),
    },
}  # fmt: skip
_SEPARATORS = re.compile(r"[-_.]+")


def _known() -> Iterator[tuple[str, str, App]]:
    """Type, name as written in the tables, and application; those named for a provider come first."""
    for kind, words in _WORDS.items():
        for word, names in words.items():
            app = provider(word)
            if app is not None:
                yield from ((kind, name, app) for name in names)
    for kind, apps in _APPS.items():
        for app, names in apps.items():
            yield from ((kind, name, app) for name in names)


_EXACT: Mapping[tuple[str, str], App] = {
    (kind, name): app for kind, name, app in reversed(list(_known())) if not name.endswith("*")
}
_BEGINNINGS = tuple((kind, name[:-1], app) for kind, name, app in _known() if name.endswith("*"))


def library(kind: str, name: str) -> App | None:
    """The application a package stands for; None for one that has nothing to do with AI, as far as is known."""
    plain = _SEPARATORS.sub("-", name.lower()) if kind == "pypi" else name.lower()
    found = _EXACT.get((kind, plain))
    if found is not None:
        return found
    return next((app for sort, begin, app in _BEGINNINGS if sort == kind and plain.startswith(begin)), None)

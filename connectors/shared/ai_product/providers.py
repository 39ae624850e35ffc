"""Providers of models by the words gateways and instrumentations use for them.

Words: https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ (`gen_ai.provider.name`, and the older
`gen_ai.system`), LiteLLM's `custom_llm_provider` (https://docs.litellm.ai/docs/providers) and Cloudflare AI Gateway's
(https://developers.cloudflare.com/ai-gateway/usage/providers/). Names and publishers are the catalog's.
"""

from collections.abc import Mapping

from schemas.observation import App

_APPS: Mapping[App, tuple[str, ...]] = {
    App(name="OpenAI API", publisher="OpenAI"): ("openai", "text-completion-openai"),
    App(name="Azure OpenAI", publisher="Microsoft"): ("azure.ai.openai", "az.ai.openai", "azure", "azure-openai"),
    App(name="Azure AI Foundry", publisher="Microsoft"): ("azure.ai.inference", "az.ai.inference", "azure_ai"),
    App(name="Anthropic API", publisher="Anthropic"): ("anthropic",),
    App(name="Amazon Bedrock", publisher="Amazon"): ("aws.bedrock", "bedrock", "bedrock_converse", "aws-bedrock"),
    App(name="Amazon SageMaker", publisher="Amazon"): ("sagemaker", "sagemaker_chat"),
    App(name="Vertex AI", publisher="Google"): ("gcp.vertex_ai", "vertex_ai", "vertex_ai_beta", "google-vertex-ai"),
    App(name="Gemini API", publisher="Google"): ("gcp.gemini", "gcp.gen_ai", "gemini", "google", "google-ai-studio"),
    App(name="Cohere", publisher="Cohere"): ("cohere", "cohere_chat"),
    App(name="DeepSeek API", publisher="DeepSeek"): ("deepseek",),
    App(name="Groq API", publisher="Groq"): ("groq",),
    App(name="Mistral API", publisher="Mistral AI"): ("mistral_ai", "mistral", "mistralai"),
    App(name="Perplexity API", publisher="Perplexity"): ("perplexity", "perplexity-ai"),
    App(name="xAI API", publisher="xAI"): ("x_ai", "xai", "grok"),
    App(name="OpenRouter API", publisher="OpenRouter"): ("openrouter",),
    App(name="Together API", publisher="Together AI"): ("together_ai", "together", "togetherai"),
    App(name="Fireworks AI", publisher="Fireworks AI"): ("fireworks_ai", "fireworks"),
    App(name="Replicate API", publisher="Replicate"): ("replicate",),
    App(name="Hugging Face", publisher="Hugging Face"): ("huggingface", "hugging_face"),
    App(name="Cerebras Inference", publisher="Cerebras"): ("cerebras",),
    App(name="SambaNova Cloud", publisher="SambaNova"): ("sambanova",),
    App(name="NVIDIA NIM", publisher="NVIDIA"): ("nvidia_nim", "nvidia"),
    App(name="DashScope", publisher="Alibaba Cloud"): ("dashscope", "alibaba"),
    App(name="Cloudflare Workers AI", publisher="Cloudflare"): ("workers-ai", "cloudflare"),
    App(name="GitHub Copilot", publisher="GitHub"): ("github_copilot", "github-copilot"),
    App(name="Databricks Mosaic AI", publisher="Databricks"): ("databricks",),
    App(name="Voyage AI", publisher="Voyage AI"): ("voyage",),
    App(name="Jina AI", publisher="Jina AI"): ("jina_ai",),
    App(name="Ollama", publisher="Ollama"): ("ollama", "ollama_chat"),
}  # fmt: skip
_BY_WORD: Mapping[str, App] = {word: app for app, words in _APPS.items() for word in words}


def provider(word: str | None) -> App | None:
    """The application a provider's word stands for; an unknown word names itself, so that it is seen."""
    if word is None:
        return None
    return _BY_WORD.get(word.lower()) or App(name=word)

"""What a record says beyond its name, as natural logarithms of likelihood ratios, each with where its size comes
from.

Measured: on 111 back-end providers of LiteLLM and 236 integrations of n8n with 3,108 paths (reference measurement of
2026-11-20: a likelihood ratio of 165 for paths, halved). Assumed: no labelled proxy log is public, so sizes are
cautious, and say so wherever they are shown.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import log
from typing import NamedTuple

PRIOR = 0.005
"""Share of names the catalog does not know that are AI: the stated prior of every probability here."""
PRIOR_LOG_ODDS = log(PRIOR / (1 - PRIOR))
_REMEMBERED = 50_000


class Evidence(NamedTuple):
    """One piece of evidence: what it is, its log likelihood ratio, and where that number comes from."""

    what: str
    log_ratio: float
    origin: str

    def __str__(self) -> str:
        return f"{self.what}: log-odds {self.log_ratio:+.1f} ({self.origin})"


PATH_RATIO = log(80)
CATEGORY_RATIO = log(600)
STREAM_RATIO = log(3)
PUBLISHER_RATIO = log(200)
SUBDOMAIN_RATIO = log(8)
_MEASURED = "measured at 165, halved because half of AI may not be used through an API"
_ASSUMED = "assumed"

_PATH = re.compile(
    r"/chat/completions$|/(?:v\d+|openai)/(?:completions|embeddings|images/(?:generations|edits)|audio/"
    r"(?:transcriptions|translations|speech))$|/v\d+/responses$|/v1/messages$|:(?:stream)?generatecontent$"
    r"|/model/[^/]+/(?:invoke|converse)(?:-with-response-stream|-stream)?$|/api/generate$|/openai/deployments/"
    r"|/v1/predictions(?:/|$)|/mcp/?$|/mcp/sse$|/v\d+/rerank$",
    re.IGNORECASE,
)
"""Paths that model APIs share: OpenAI's verbs (https://platform.openai.com/docs/api-reference), Anthropic's messages
(https://docs.anthropic.com/en/api/messages), Gemini (https://ai.google.dev/api/generate-content), Bedrock
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html), Ollama
(https://github.com/ollama/ollama/blob/main/docs/api.md), Azure, Replicate, MCP. `/responses` only at the end and
below a version: a survey product has such resources."""

CATEGORIES = frozenset(
    {
        "generative ai", "generative ai applications", "generative ai tools", "genai",
        "artificial intelligence", "artificial intelligence technology", "ai ml", "ai ml applications",
        "ai code assistant", "ai conversational assistant", "ai writing assistant", "ai media service",
        "ai data and workflow optimizer", "ai platform service", "ai meeting assistant", "ai website generator",
    }
)  # fmt: skip
"""Categories by which a proxy or firewall itself says AI, punctuation taken for spaces. PAN-OS's nine
(https://live.paloaltonetworks.com/t5/community-blogs/new-advanced-url-filtering-granular-artificial-intelligence/ba-p/997295),
FortiGuard's category 100 (https://docs.fortinet.com/document/fortigate/7.6.6/administration-guide/473301), Umbrella's
(https://community.cisco.com/t5/cloud-security/how-umbrella-controls-access-to-ai-generated-sites/td-p/5291194); the
wording of Zscaler, Netskope, Cloudflare and Symantec is known and not verified."""
_NO_LETTER = re.compile(r"[^a-z]+")
_JOINED = re.compile(r" (?:and|amp) ")
_SUBDOMAINS = frozenset({"ai", "genai", "gpt", "llm", "copilot", "chatgpt", "mcp", "inference", "openai", "ollama"})
STREAM = "text/event-stream"


@lru_cache(_REMEMBERED)
def of_path(path: str, method: str | None) -> Evidence | None:
    """A path that model APIs share; reading one (GET) says nothing but for MCP's stream."""
    found = _PATH.search(path)
    if found is None or (method in {"GET", "HEAD", "OPTIONS"} and "mcp" not in found.group()):
        return None
    return Evidence(f"path {found.group()} of a model API", PATH_RATIO, _MEASURED)


@lru_cache(_REMEMBERED)
def of_labels(labels: tuple[str, ...]) -> Evidence | None:
    """The source's own category that says AI."""
    for label in labels:
        if _plain(label) in CATEGORIES:
            return Evidence(f"the source's category {label[:60]!r}", CATEGORY_RATIO, _ASSUMED)
    return None


def of_stream(content_type: str | None, method: str | None) -> Evidence | None:
    """A posted request answered by a stream of events; ordinary dashboards have streams too, so it weighs little."""
    if content_type is None or method != "POST" or not content_type.startswith(STREAM):
        return None
    return Evidence("an event stream as answer to a POST", STREAM_RATIO, _ASSUMED)


def of_subdomain(labels: Iterable[str]) -> Evidence | None:
    """A sub-domain called after AI: many companies that are none have an `ai.` page, so it weighs little."""
    for label in labels:
        if label in _SUBDOMAINS:
            return Evidence(f"sub-domain {label}", SUBDOMAIN_RATIO, _ASSUMED)
    return None


def of_publisher(publisher: str | None, vendors: frozenset[str]) -> Evidence | None:
    """An application published by a vendor the catalog knows for AI alone."""
    if publisher is None or publisher.casefold().strip() not in vendors:
        return None
    return Evidence(f"publisher {publisher[:60]!r} makes AI products", PUBLISHER_RATIO, _ASSUMED)


def _plain(label: str) -> str:
    return _NO_LETTER.sub(" ", _JOINED.sub(" ", label.casefold())).strip()

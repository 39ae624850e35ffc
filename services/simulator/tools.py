"""What people use: AI tools with their real hosts, related hosts, catalog misses, look-alikes and ordinary sites.

This is the simulator's own knowledge, deliberately not read from the catalog: what it says is true of the sample
company, and the catalog must find it. Hosts are the vendors' public ones, known from their own products' addresses.
"""

from typing import NamedTuple


class Tool(NamedTuple):
    """An AI tool: its catalog id, hosts, and the share of each unit that uses it (`others` for units not named).

    `path` is one of its pages, seen where TLS is opened. `okta` is its name among the company's Okta applications.
    `verdict` is the catalog's word.
    """

    id: str
    name: str
    hosts: tuple[str, ...] = ()
    others: float = 0.0
    units: dict[str, float] = {}  # noqa: RUF012 - a NamedTuple's default; never written to
    path: str = "/"
    okta: str | None = None
    verdict: str = "ai"


_ENG, _MKT, _SALES, _HR, _LEGAL, _FIN = "Engineering", "Marketing", "Sales", "HR", "Legal", "Finance"
_SUPPORT, _OPS = "Customer Support", "Operations"

COPILOT_M365, FLOWS, APPS, AGENTS = (
    "microsoft.copilot-m365", "microsoft.power-automate", "microsoft.power-apps", "microsoft.copilot-studio",
)  # fmt: skip

TOOLS = (
    Tool("openai.chatgpt", "ChatGPT", ("chatgpt.com", "chat.openai.com"), 0.35, {_MKT: 0.6, _ENG: 0.5},
         "/backend-api/conversation", okta="ChatGPT"),
    Tool("openai.api", "OpenAI API", ("api.openai.com",), 0, {_ENG: 0.3}, "/v1/responses"),
    Tool("anthropic.claude", "Claude", ("claude.ai",), 0.08, {_ENG: 0.35, _LEGAL: 0.3}, "/new", okta="Claude"),
    Tool("anthropic.api", "Anthropic API", ("api.anthropic.com",), 0, {_ENG: 0.12}, "/v1/messages"),
    Tool("google.gemini", "Gemini", ("gemini.google.com",), 0.12, {_SALES: 0.25}, "/app"),
    Tool("google.notebooklm", "NotebookLM", ("notebooklm.google.com",), 0, {_LEGAL: 0.2, _HR: 0.1}),
    Tool("perplexity.ai", "Perplexity", ("www.perplexity.ai",), 0.06, {_SALES: 0.2, _MKT: 0.2}, "/search"),
    Tool("deepseek.chat", "DeepSeek", ("chat.deepseek.com",), 0.03, {_ENG: 0.15, _FIN: 0.1}, "/api/v0/chat/completion"),
    Tool("otter.ai", "Otter", ("otter.ai",), 0, {_SALES: 0.15, _HR: 0.2}, "/home", okta="Otter.ai"),
    Tool("fireflies.ai", "Fireflies", ("app.fireflies.ai",), 0, {_SALES: 0.2, _SUPPORT: 0.1}, "/notebook"),
    Tool("midjourney.image", "Midjourney", ("www.midjourney.com",), 0, {_MKT: 0.3, _SALES: 0.06}, "/imagine"),
    Tool("elevenlabs.voice", "ElevenLabs", ("elevenlabs.io",), 0, {_MKT: 0.15}, "/app/speech-synthesis"),
    Tool("gamma.app", "Gamma", ("gamma.app",), 0.02, {_SALES: 0.15, _MKT: 0.2}, "/create"),
    Tool("huggingface.hub", "Hugging Face", ("huggingface.co",), 0, {_ENG: 0.2}, "/models"),
    Tool("microsoft.copilot", "Microsoft Copilot", ("copilot.microsoft.com",), 0.08, {}, "/chats"),
    Tool("mistral.le-chat", "Le Chat", ("chat.mistral.ai",), 0, {_ENG: 0.08, _OPS: 0.03}, "/chat"),
    Tool("xai.grok", "Grok", ("grok.com",), 0.02, {_MKT: 0.05}, "/"),
    Tool("deepl.translate", "DeepL", ("www.deepl.com",), 0.05, {_LEGAL: 0.3, _HR: 0.15}, "/translator"),
    Tool("grammarly.assistant", "Grammarly", ("app.grammarly.com",), 0.1, {_MKT: 0.3, _SUPPORT: 0.25}, "/"),
    Tool("quillbot.writing", "QuillBot", ("quillbot.com",), 0, {_SUPPORT: 0.08, _HR: 0.05}, "/"),
    Tool("runway.video", "Runway", ("app.runwayml.com",), 0, {_MKT: 0.08}, "/"),
    Tool("heygen.video", "HeyGen", ("app.heygen.com",), 0, {_MKT: 0.06, _HR: 0.05}, "/home"),
    Tool("character.ai", "Character.AI", ("character.ai",), 0.01, {_SUPPORT: 0.04}, "/"),
    Tool("poe.chat", "Poe", ("poe.com",), 0.01, {_OPS: 0.04}, "/"),
    Tool("cursor.ide", "Cursor", ("api2.cursor.sh",), 0, {_ENG: 0.25}, "/aiserver.v1.ChatService/StreamChat"),
    Tool("github.copilot", "GitHub Copilot", ("api.githubcopilot.com",), 0, {_ENG: 0.6}, "/chat/completions"),
    Tool("read.ai", "Read AI", ("app.read.ai",), 0, {_SALES: 0.08}, "/"),
    Tool("moonshot.kimi", "Kimi", ("www.kimi.com",), 0, {_ENG: 0.05, _FIN: 0.06}, "/"),
    Tool(COPILOT_M365, "Microsoft 365 Copilot", (), 0.2, {_FIN: 0.4, _LEGAL: 0.4}),
    Tool(FLOWS, "Power Automate"),
    Tool(APPS, "Power Apps"),
    Tool(AGENTS, "Copilot Studio"),
)  # fmt: skip
TOOL = {tool.id: tool for tool in TOOLS}
ON_THE_WEB = tuple(tool for tool in TOOLS if tool.hosts)
CONSENTED = (
    ("otter.ai", "Otter.ai", "7f3b0b7a-3a86-4a5e-8d8c-4be6a1c7e004", ("Calendars.Read", "User.Read")),
    ("fireflies.ai", "Fireflies.ai", "2d6c7f5e-5d0b-47f7-9b5f-60c2d8aae005", ("Calendars.Read", "OnlineMeetings.Read")),
    ("openai.chatgpt", "ChatGPT", "e0476654-c1d5-430b-ab80-70cbd947616a", ("User.Read", "Files.Read.All")),
    ("read.ai", "Read AI", "5d4f8c0a-7a7e-4f0e-9a57-aa10c1f9e003", ("Calendars.Read", "Mail.Read")),
)
"""Entra applications people consent to: tool, display name, application id (invented but ChatGPT's), scopes.

ChatGPT's application id: MicrosoftDocs and community lists of shadow AI, as told in the project's market research.
"""
GRANTED_IN_OKTA = (
    ("grammarly.assistant", "Grammarly", ("openid", "profile", "email")),
    ("gamma.app", "Gamma", ("openid", "email")),
)
"""Applications that get an OAuth grant in Okta: tool, name, scopes."""

RELATED = (
    "ab.chatgpt.com", "help.openai.com", "auth.openai.com", "status.anthropic.com", "cdn.oaistatic.com",
    "help.otter.ai",
)  # fmt: skip
"""An AI vendor's telemetry, sign-in, help and status hosts: no use."""
MISSED = (
    "chat.lumenwright.example", "app.quillharbor.example", "api.tessera-models.example", "studio.velvetprompt.example",
)  # fmt: skip
"""AI services that no catalog holds: invented, so they are sure to be missed."""
LOOKALIKES = (
    "notchatgpt.example", "chatgpt.com.files.example", "claude.ai-login.example", "airchat-airlines.example",
    "gemini-astrology.example", "copilot-trucking.example",
)  # fmt: skip
"""Hosts whose names resemble AI tools and are none."""
ORDINARY = (
    "intranet.kestrel-harbour.example", "erp.kestrel-harbour.example", "wiki.kestrel-harbour.example",
    "en.wikipedia.org", "stackoverflow.com", "www.bbc.co.uk", "pypi.org", "www.reuters.com", "news.harbourpost.example",
    "tickets.supplydesk.example", "cdn.jsdelivr.net", "fonts.googleapis.com", "shop.officegoods.example",
    "mail.kestrel-harbour.example", "maps.portside.example",
)  # fmt: skip
ORDINARY_APPS = ("Payroll Portal", "Travel Desk", "Expense Book", "Learning Hub")
"""Okta applications that are no AI."""
AGENTS_OF_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)

SCOPE_CLASSES = {
    "User.Read": ("internal",), "openid": ("internal",), "profile": ("internal",), "email": ("internal",),
    "Files.Read.All": ("confidential",), "Calendars.Read": ("confidential",), "Mail.Read": ("confidential",),
    "OnlineMeetings.Read": ("confidential",),
}  # fmt: skip
"""What data a scope opens, as the company sees it."""
INFO_TYPES = (
    ("Credit Card Number", "50842eb7-edc8-4019-85dd-5a5c1f2bb085", ("pci", "regulated")),
    ("U.S. Social Security Number (SSN)", "a44669fe-0d48-453d-a9b1-2cc83f2cba77", ("pii", "regulated")),
    ("Singapore National Registration Identity Card (NRIC) Number", "cead390a-dd83-4856-9751-fb6dc98c34da",
     ("pii", "regulated")),
)  # fmt: skip
"""Purview's sensitive information types used: name, id, data classes. The first id is in published sample records."""

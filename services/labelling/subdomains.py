"""Names below a product's host that are conventionally no use: status pages, help, sign-in, telemetry, delivery.

`status.acme.example` below the suffix `acme.example` of a product is *related*. A host of the catalog always outranks
it, and `subdomains = "use"` at a host switches it off where customers choose the names below. Pure.

Chosen by what the names below products' hosts in the catalog are: `api`, `app`, `chat`, `platform`, `console`,
`studio`, `playground`, `mcp`, `web`, `cloud`, `my` are use throughout. Left out because both occur: `id` (sign-in, and
Indonesian), `go` (short links, and an application), `image`, `files`, `upload` (delivery, and what is generated or
uploaded), `code`, `creator`, `dev`, `learn`, `news`, `research`, `store`, `hub`, `registry`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.vendor import Role


class Convention(NamedTuple):
    """What names of one sort are for; `role` as in the catalog."""

    role: Role
    reason: str
    names: str


CONVENTIONS = (
    Convention("company", "status pages", "status statuspage uptime"),
    Convention("company", "company pages",
        "about blog brand careers jobs press newsroom investors ir partners partner affiliate affiliates legal privacy "
        "terms trust security compliance info landing lp marketing changelog roadmap swag"),
    Convention("company", "purchase and billing", "billing checkout payment payments pricing"),
    Convention("help", "help and documentation",
        "help helpcenter helpdesk support docs doc documentation developer developers devdocs guide guides kb faq wiki "
        "academy university tutorials tutorial community forum forums discuss feedback"),
    Convention("auth", "sign-in and accounts",
        "auth auth0 authn authenticate authenticator authentication authorize oauth oauth2 oidc saml sso idp identity "
        "login signin signup register registration account accounts passport clerk captcha"),
    Convention("telemetry", "telemetry and measurement",
        "telemetry analytics metrics metric stats sentry statsig event events tracking tracker track rum beacon pixel "
        "logging logs log o11y otel posthog segment amplitude mixpanel gtm sgtm unleash featureflags flags experiments "
        "optimizely monitoring crash crashes"),
    Convention("telemetry", "links counted in mails", "click clicks link links email em mail mailer newsletter"),
    Convention("cdn", "content delivery",
        "cdn static statics assets asset img imgs images fonts font media download downloads dl update updates "
        "autoupdate releases"),
)  # fmt: skip
_BY_NAME: Mapping[str, Convention] = {name: sort for sort in CONVENTIONS for name in sort.names.split()}
_BESIDE = frozenset(
    {
        "api", "apis", "app", "apps", "web", "www", "prod", "production", "staging", "stage", "stg", "test", "dev",
        "beta", "internal", "public", "external", "global", "eu", "us", "uk", "ap", "apac", "asia", "cn", "jp",
        "kr", "sg", "in", "emea", "east", "west", "north", "south", "central", "center", "centre", "page", "pages",
        "portal", "service", "services", "server", "gateway", "proxy", "edge", "frontend", "backend", "client",
        "site", "user", "users", "help", "mcp", "s", "v",
    }
)  # fmt: skip
"""Parts that leave the sense of the part beside them as it is: `auth-prod`, `api-docs`, `eu-status`."""
_NUMBER = re.compile(r"\d+$")


@lru_cache(maxsize=10_000)
def conventional(below: str) -> tuple[str, Convention] | None:
    """Of the labels below a host the one nearest to it that is conventional, with all above it; None where none is.

    `x.status` gives `status`; `status.eu` gives `status.eu`; `api.developer` is an API all the same.
    """
    labels = below.split(".")
    for place in range(len(labels) - 1, -1, -1):
        found = _sort(labels[place])
        if found is not None and not (found.role == "help" and "api" in labels[:place]):
            return ".".join(labels[place:]), found
    return None


def _sort(label: str) -> Convention | None:
    """The convention of a label: a name itself, numbered, or beside parts that say nothing."""
    parts = [_NUMBER.sub("", part) for part in label.split("-")] if label not in _BY_NAME else [label]
    told = [_BY_NAME[part] for part in parts if part in _BY_NAME]
    if told and all(not part or part in _BY_NAME or part in _BESIDE for part in parts):
        return told[0]
    return None

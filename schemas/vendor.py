"""The catalog's format: one TOML file per vendor in `schemas/catalog/`, decoded strictly into these structs.

A product id is `<vendor>.<product>`, never reused, never renamed. Every host carries its evidence; a fact that is not
known is left out, never defaulted. Each product carries its own examples, which are tests.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

Evidence = Literal["vendor-doc", "package", "public-text", "known", "unverified"]
Role = Literal["ui", "api", "telemetry", "auth", "cdn", "help", "company"]
Account = Literal["enterprise", "personal", "anonymous"]
CATALOG = Path(__file__).parent / "catalog"


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a catalog file: unknown fields are mistakes."""


class Host(Strict, frozen=True, kw_only=True):
    """A host or suffix (`exact` or the default `suffix`). Roles other than ui and api are related traffic, no use.

    `shared` marks infrastructure that many vendors use: never AI by itself. `source` is where the evidence stands.
    Names below a suffix of use that are conventionally none (`status.`, `docs.`) are related, but where customers
    choose them: `subdomains = "use"`. `account` where all of its use is by accounts of one sort.
    """

    host: str
    role: Role = "ui"
    match: Literal["suffix", "exact"] = "suffix"
    subdomains: Literal["conventional", "use"] = "conventional"
    account: Account | None = None
    shared: bool = False
    evidence: Evidence
    source: str | None = None


class PathRule(Strict, frozen=True, kw_only=True):
    """A host with a path expression (RE2 syntax, anchored by `^`): what a visible path says beyond the host.

    `action`: prompt, upload, admin, use. `account`: anonymous, personal, enterprise. `role` as in Host.
    """

    host: str
    path: str
    methods: tuple[str, ...] = ()
    action: str = "use"
    account: Account | None = None
    role: Role = "ui"
    evidence: Evidence
    source: str | None = None


class OAuthClient(Strict, frozen=True, kw_only=True):
    """An application id at an identity provider: `idp` is entra, google, slack, okta, github …"""

    idp: str
    client_id: str
    evidence: Evidence
    source: str | None = None


class AppName(Strict, frozen=True, kw_only=True):
    """A display name, compared without case. A `common_word` needs a second signal (the publisher)."""

    name: str
    common_word: bool = False


class UserAgent(Strict, frozen=True, kw_only=True):
    """A user-agent expression (RE2 syntax). `sdk` proves an AI SDK, not a vendor: the host names the vendor."""

    pattern: str
    sdk: bool = False
    evidence: Evidence = "known"
    source: str | None = None


class AuditEvent(Strict, frozen=True, kw_only=True):
    """An audit event that betrays the product: the connector's name and its action, `*` at the end allowed.

    `app` narrows it to an application's name or id prefix. `action` is what the use is called.
    """

    source: str
    event: str
    app: str | None = None
    action: str = "use"
    evidence: Evidence
    reference: str | None = None


class Fact(Strict, frozen=True, kw_only=True):
    """A governance fact with its source and date: `name` such as trains_on_input, residency, tenant_header."""

    name: str
    value: str
    source: str
    as_of: date


class Example(Strict, frozen=True, kw_only=True):
    """A test the product carries. `target` is `https://host/path`, `app:NAME`, `client:ID`, `agent:UA` or
    `event:SRC/EVENT`; after the name a tab and the publisher, after the event `@` and the application may follow.

    `match` false: this product must not be named; `verdict` may say what comes out instead.
    """

    target: str
    match: bool
    verdict: str | None = None


class Product(Strict, frozen=True, kw_only=True):
    """One capability of a vendor. `kind` is the category; `embedded` a feature inside `parent`.

    `extensions` and `packages` name their store first: `chrome:<id>` (any browser of that family), `firefox:<id>`,
    `vscode:<publisher.name>`, `jetbrains:<id>`; `npm:`, `pypi:`, `homebrew:`, `docker:<image>`. `descriptors` are how a
    card statement's text begins, cities and dates taken off.
    """

    id: str
    name: str
    kind: str
    embedded: bool = False
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    hosts: tuple[Host, ...] = ()
    paths: tuple[PathRule, ...] = ()
    oauth: tuple[OAuthClient, ...] = ()
    apps: tuple[AppName, ...] = ()
    user_agents: tuple[UserAgent, ...] = ()
    processes: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    senders: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    examples: tuple[Example, ...] = ()


class Vendor(Strict, frozen=True, kw_only=True):
    """One file: the vendor, its publisher names, and its products. `hosts` are those of no product.

    `events` are those by which the vendor reports AI of others, whichever it is: an application that nothing else names
    is *suspected* then, on the vendor's word.
    """

    id: str
    name: str
    country: str | None = None
    domains: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    hosts: tuple[Host, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    products: tuple[Product, ...] = ()


class CatalogFault(ValueError):
    """A catalog file that can't be read; the message names the file and the place in it."""


def read(path: Path) -> Vendor:
    """One file; raises CatalogFault naming the file and the field."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Vendor)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CatalogFault(f"{path}: {error}") from None


def load(folders: Iterable[Path] = ()) -> tuple[Vendor, ...]:
    """The shipped catalog, then each of the organisation's folders: a vendor id met again replaces the earlier one."""
    return in_folders((CATALOG, *folders))


def in_folders(folders: Iterable[Path]) -> tuple[Vendor, ...]:
    """The vendors of these folders alone, by the same rule."""
    found: dict[str, Vendor] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            vendor = read(path)
            found[vendor.id] = vendor
    return tuple(found.values())

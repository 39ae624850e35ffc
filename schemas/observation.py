"""Observation: one fact a source reported, normalised; clear inside a process, protected on the log.

`parse` yields `Observation`, which names people and never leaves the process. `protect` turns it into
`ProtectedObservation`, the value of `penumbra.observation.v1`. Neither has a field for a prompt, a query string,
a file's content, a matched value or a window title: what must not travel has no place to travel in.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What sort of fact an observation is (DESIGN §2)."""

    WEB = "web"
    AUDIT = "audit"
    GRANT = "grant"
    SIGNIN = "signin"
    DLP = "dlp"
    BUILD = "build"
    ENDPOINT = "endpoint"
    SPEND = "spend"


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who did it, as the source names them. `id` is the source's own id or login, `idp_id` the identity provider's."""

    id: str | None = None
    email: str | None = None
    idp_id: str | None = None
    employee_id: str | None = None
    ip: str | None = None
    device: str | None = None
    unit: str | None = None


class App(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The application involved: its display name, OAuth client or application id, and publisher."""

    name: str | None = None
    client_id: str | None = None
    publisher: str | None = None


class Object(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the action was done to: `type` in lower case (`flow`, `agent`, `app`, `file`, `policy` …), id and name."""

    type: str
    id: str | None = None
    name: str | None = None


class Solution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something a named person built or runs (DESIGN §2), as far as one record says; in the clear.

    `id` is `<type>:<vendor id>`, e.g. `power_automate_flow:6c9c…`. `connectors` are the systems it uses, `touches` the
    data it reads or writes (a table, a site, a model). `sharing` is the vendor's word for who else may run or edit it.
    `owner` and `makers` are those the record names as such; who did a build event is a maker without being named here.
    Times are UTC.
    """

    id: str
    type: str
    name: str | None = None
    environment: str | None = None
    connectors: tuple[str, ...] = ()
    sharing: str | None = None
    deleted: bool = False
    owner: Actor | None = None
    makers: tuple[Actor, ...] = ()
    touches: tuple[str, ...] = ()
    created_at: datetime | None = None
    last_run_at: datetime | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact in the clear, as `parse` yields it; sizes are bytes, `at` is the event's own time in UTC.

    `id` is the vendor's own id, or empty: then `identify` gives a digest of the protected record plus its occurrence
    number. `labels` are names a source attached (DLP rule, info type, sensitivity label, category). `tenant` marks the
    vendor-side tenant where a source names it (account type). `attributes` are small non-personal facts for evidence.
    """

    source: str
    kind: Kind
    at: datetime
    id: str = ""
    host: str | None = None
    path: str | None = None
    method: str | None = None
    status: int | None = None
    actor: Actor | None = None
    app: App | None = None
    action: str | None = None
    object: Object | None = None
    solution: Solution | None = None
    scopes: tuple[str, ...] = ()
    bytes_out: int | None = None
    bytes_in: int | None = None
    user_agent: str | None = None
    content_type: str | None = None
    labels: tuple[str, ...] = ()
    tenant: str | None = None
    attributes: dict[str, str] = {}


# gc=False where millions are decoded: a frozen tree can't form a cycle, and collecting costs more than decoding.
class Identifier(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A person's identifier after `protect`: what kind it was, which key made it, and the HMAC-SHA256 (hex, 32 digits).

    Kinds: `email`, `login`, `idp_id`, `employee_id`, `device`, `ip`. Only the inventory links them to people.
    """

    kind: str
    key_id: str
    hmac: str


class ClassLabel(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A data class (`pii`, `regulated` …, DESIGN §8.3) with its confidence, 0…1, and the basis it rests on."""

    name: str
    confidence: float
    basis: str


class ProtectedSolution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A solution after `protect`: as `Solution`, its owner and makers each by their most trusted identifier."""

    id: str
    type: str
    name: str | None = None
    environment: str | None = None
    connectors: tuple[str, ...] = ()
    sharing: str | None = None
    deleted: bool = False
    owner: Identifier | None = None
    makers: tuple[Identifier, ...] = ()
    touches: tuple[str, ...] = ()
    created_at: datetime | None = None
    last_run_at: datetime | None = None


class ProtectedObservation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The value of `penumbra.observation.v1`: an observation that names nobody.

    `instance` is the source instance, `generation` counts its back-fills, `arrived_at` is when Penumbra read it.
    `identifiers` are ordered by trust; the first is the record's key. `path` is a template: ids are replaced by `*`.
    """

    id: str
    source: str
    instance: str
    kind: Kind
    at: datetime
    arrived_at: datetime
    generation: int = 0
    identifiers: tuple[Identifier, ...] = ()
    unit: str | None = None
    host: str | None = None
    path: str | None = None
    method: str | None = None
    status: int | None = None
    app: App | None = None
    action: str | None = None
    object: Object | None = None
    solution: ProtectedSolution | None = None
    scopes: tuple[str, ...] = ()
    bytes_out: int | None = None
    bytes_in: int | None = None
    user_agent: str | None = None
    content_type: str | None = None
    labels: tuple[str, ...] = ()
    classes: tuple[ClassLabel, ...] = ()
    tenant: str | None = None
    attributes: dict[str, str] = {}

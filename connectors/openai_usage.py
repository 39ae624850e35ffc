"""OpenAI API platform: requests and tokens by project, person and model, and what they cost, day by day.

Read 2026-11-21: https://platform.openai.com/docs/api-reference/usage (its example pages); fields as in the
vendor's package openai 3.54.0 (openai/types/admin/organization/usage_*_response.py). A record is one bucket with its
results. Numbers of the newest buckets still change: the last two days are asked for again at every run; what was
counted once keeps its id and is not counted anew. Names of projects and addresses of people are put beside the results
from `GET /v1/organization/projects` and `/users`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Places, Window, several, windows
from schemas.observation import App, Kind, Observation, Solution
from schemas.secretref import SecretRef

API = App(name="OpenAI API", publisher="OpenAI")
PERMISSION = "api.usage.read of an admin key, sk-admin-… (the name of the scope is unverified)"
GRANTED_IN = "platform.openai.com > Settings > Organization > Admin keys"
_BY_PERSON = ("project_id", "user_id", "api_key_id", "model")
USAGE: Mapping[str, tuple[str, ...]] = {
    "completions": _BY_PERSON, "embeddings": _BY_PERSON, "moderations": _BY_PERSON, "images": _BY_PERSON,
    "audio_speeches": _BY_PERSON, "audio_transcriptions": _BY_PERSON, "vector_stores": ("project_id",),
    "code_interpreter_sessions": ("project_id",),
}  # fmt: skip
_COUNTS = (
    "num_model_requests", "num_sessions", "input_tokens", "output_tokens", "images", "characters", "seconds",
    "usage_bytes",
)  # fmt: skip
_SLICE = timedelta(days=7)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to an admin key. `usage` are the capabilities asked for, `costs` as well."""

    key: str
    usage: tuple[str, ...] = tuple(USAGE)
    costs: bool = True
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Each capability's buckets and the costs, by days. Raises Trouble."""
    config: Config = ctx.config
    api = Api(
        ctx, config.base_url or "https://api.openai.com",
        headers={"Authorization": f"Bearer {ctx.secret(config.key)}"},
        refusals=refusals(key="admin key", permission=PERMISSION, granted_in=GRANTED_IN),
    )  # fmt: skip
    places = Places(ctx)
    names = _Names(api)
    listings = {name: _Buckets(api, names, f"usage/{name}", USAGE.get(name, ("project_id",))) for name in config.usage}
    if config.costs:
        listings["costs"] = _Buckets(api, names, "costs", ("project_id", "line_item"))
    streams = {name: windows(ctx, name, places, ask, _SLICE, whole_days=True) for name, ask in listings.items()}
    async for page in several(ctx, streams):
        yield page


class _Names:
    """Names of projects and addresses of people by id, listed once a run; empty where the key may not list them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, dict[str, str]] = {}

    async def of(self, listing: str, field: str) -> Mapping[str, str]:
        if listing not in self._known:
            self._known[listing] = {}
            after: str | None = None
            while True:
                query = urlencode({"limit": "100", **({"after": after} if after else {})})
                answer = await self._api.get(f"/v1/organization/{listing}?{query}", accept=(403, 404))
                body = answer.body if isinstance(answer.body, dict) else {}
                found = list(items(body.get("data")))
                self._known[listing] |= {str(one.get("id")): name for one in found if (name := text(one.get(field)))}
                after = text(body.get("last_id"))
                if body.get("has_more") is not True or after is None:
                    break
        return self._known[listing]


class _Buckets:
    """One capability's buckets by day, with names beside the results."""

    def __init__(self, api: Api, names: _Names, path: str, group_by: tuple[str, ...]) -> None:
        self._api, self._names, self._path, self._group_by = api, names, path, group_by

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        asked = [("start_time", _unix(window.begin)), ("end_time", _unix(window.end)), ("bucket_width", "1d")]
        asked += [("group_by[]", field) for field in self._group_by]
        asked += [("page", token)] if token else []
        body = (await self._api.get(f"/v1/organization/{self._path}?{urlencode(asked)}")).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise Trouble("failing", f"{self._path} answered something else than buckets")
        buckets = [await self._named(bucket) for bucket in items(body["data"])]
        return Listed(tuple(buckets), text(body.get("next_page")) if body.get("has_more") is True else None)

    async def _named(self, bucket: Mapping[str, Any]) -> Mapping[str, Any]:
        results = list(items(bucket.get("results")))
        if not results:
            return bucket
        projects, people = await self._names.of("projects", "name"), await self._names.of("users", "email")
        named = [
            {
                **result,
                "project_name": projects.get(str(result.get("project_id"))),
                "user_email": people.get(str(result.get("user_id"))),
            }
            for result in results
        ]
        return {**bucket, "results": named}


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One bucket: an observation for each of its results. Raises Rejected for what is none."""
    if not isinstance(record, dict) or "start_time" not in record or "results" not in record:
        raise Rejected("no start_time or results: not a bucket of usage")
    at = moment(record["start_time"], "start_time")
    results = list(items(record["results"]))
    if not results:
        return Ignored("bucket without use")
    return (_told(at, result) for result in results)


def _told(at: datetime, result: Mapping[str, Any]) -> Observation:
    cost = "costs" in str(result.get("object"))
    amount = under(result, "amount")
    return Observation(
        source="openai_usage",
        kind=Kind.SPEND if cost else Kind.AUDIT,
        at=at,
        id=_key(at, result),
        actor=person(email=result.get("user_email"), account=result.get("user_id")),
        app=API,
        action="cost" if cost else "usage",
        solution=_project(at, result, ran=not cost),
        attributes=facts(
            model=result.get("model"), line_item=result.get("line_item"), project=result.get("project_name"),
            amount=amount.get("value"), currency=amount.get("currency"), batch=result.get("batch"),
            **{name: result.get(name) for name in _COUNTS},
        ),
    )  # fmt: skip


def _key(at: datetime, result: Mapping[str, Any]) -> str:
    """What a result is by: its day, its kind, and what it is grouped by."""
    fields = ("object", "project_id", "user_id", "api_key_id", "model", "line_item", "batch", "service_tier", "size")
    said = (text(result.get(field)) or "" for field in fields)
    return f"openai_usage:{at:%Y-%m-%dT%H:%M}:{':'.join(said)}"


def _project(at: datetime, result: Mapping[str, Any], *, ran: bool) -> Solution | None:
    key, model = text(result.get("project_id")), text(result.get("model"))
    if key is None:
        return None
    return Solution(
        id=f"openai_project:{key}",
        type="openai_project",
        name=text(result.get("project_name")),
        touches=(model,) if model else (),
        last_run_at=at if ran else None,
    )


def recognise(record: Any) -> float:
    """How much a JSON object looks like a bucket of usage."""
    if not isinstance(record, dict) or "results" not in record or "start_time" not in record:
        return 0.0
    named = any(str(result.get("object")).startswith("organization.") for result in items(record["results"]))
    return 0.98 if named else 0.7 if record.get("object") == "bucket" else 0.0


CONNECTOR = Connector(
    name="openai_usage",
    title="OpenAI usage and costs",
    kinds=(Kind.AUDIT, Kind.SPEND),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://platform.openai.com/docs/api-reference/usage",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="any organisation",
    cursor="per capability: day, and page within a week",
    lateness=timedelta(days=1),
    lookback=timedelta(days=2),
    every=timedelta(hours=1),
    rate=1.0,
    evidence="vendor example",
    samples=("openai_usage/buckets.json",),
    secrets=("key",),
)

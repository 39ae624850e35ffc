"""What stands: deployments (models that answer) and use cases (what projects, models and notebooks belong to).

`takenAt` is put there when they are listed; a listed object counts once a day.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from connectors.base import Ignored
from connectors.datarobot.naming import DATAROBOT, SOURCE
from connectors.shared.ai_product import facts
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import items, text, under
from schemas.observation import Actor, Kind, Object, Observation, Solution

Sort = Literal["deployment", "use_case"]
_DEPLOYED = ("predictionUsage", "predictionEnvironment", "defaultPredictionServer", "serviceHealth", "modelPackage")
_COUNTS = ("projectsCount", "modelsCount", "notebooksCount")


def sort_of(record: Mapping[str, Any]) -> Sort | None:
    """Which listed object this is."""
    if "id" not in record:
        return None
    if "label" in record and any(field in record for field in _DEPLOYED):
        return "deployment"
    return "use_case" if any(field in record for field in _COUNTS) else None


def told(record: Mapping[str, Any], sort: Sort) -> Iterator[Observation] | Ignored:
    """One listed object as a solution; without the time it was listed it says nothing."""
    if "takenAt" not in record:
        return Ignored(f"{sort} without the time it was listed")
    taken, key = moment(record["takenAt"], "takenAt"), text(record.get("id")) or ""
    made = _deployment(record, key) if sort == "deployment" else _use_case(record, key)
    return iter((
        Observation(
            source=SOURCE, kind=Kind.BUILD, at=taken, id=f"{SOURCE}:{key}:{taken:%Y-%m-%d}", actor=made.owner,
            app=DATAROBOT, action="present", object=Object(type="solution", id=key, name=made.name), solution=made,
            attributes=facts(
                standing=True, sort=sort, status=record.get("status"), importance=record.get("importance"),
                model_type=under(record, "model").get("type"), projects=record.get("projectsCount"),
                models=record.get("modelsCount"), notebooks=record.get("notebooksCount"),
            ),
        ),
    ))  # fmt: skip


def _deployment(record: Mapping[str, Any], key: str) -> Solution:
    owners = [who for each in items(under(record, "owners").get("preview")) if (who := _named(each))]
    model = under(record, "model")
    target = text(model.get("targetName"))
    first = owners[0] if owners else _named(under(record, "creator"))
    return Solution(
        id=f"datarobot_deployment:{key}",
        type="datarobot_deployment",
        name=text(record.get("label")),
        environment=text(under(record, "predictionEnvironment").get("name")),
        touches=(f"target {target}",) if target else (),
        owner=first,
        makers=tuple(owners[1:]),
        created_at=maybe(record.get("createdAt")),
        last_run_at=maybe(under(record, "predictionUsage").get("lastTimestamp")),
    )


def _use_case(record: Mapping[str, Any], key: str) -> Solution:
    owners = [who for each in items(record.get("owners")) if (who := _named(each))]
    created = _named(under(record, "created"))
    members = [who for each in items(record.get("members")) if (who := _named(each))]
    first = owners[0] if owners else created
    return Solution(
        id=f"datarobot_use_case:{key}",
        type="datarobot_use_case",
        name=text(record.get("name")),
        sharing=f"{len(members)} members" if members else None,
        owner=first,
        makers=tuple(dict.fromkeys(who for who in (created, *owners[1:]) if who and who != first)),
        created_at=maybe(record.get("createdAt")),
    )


def _named(about: Mapping[str, Any]) -> Actor | None:
    return person(email=about.get("email") or about.get("username"), account=about.get("id"))

"""Cloud discovery: applications that a firewall's, proxy's or device's log led to, as Defender for Cloud Apps sums up.

API (read 2026-11-21, beta): https://learn.microsoft.com/graph/api/resources/security-clouddiscovery-overview,
discoveredCloudAppDetail. Sums of a month are facts beside a sighting, never bytes sent: they would count each day anew.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.defender.row import SOURCE, facts
from connectors.shared.graph import items, maybe_moment, text, under
from schemas.observation import Actor, App, Kind, Observation

AI_APP = "ai_app"
"""What is told of an application whose category is one of AI, so that one the catalog does not name is noticed."""
_OF_AI = {"generativeai", "aimodelprovider", "mcpserver"}
_SUMS: Mapping[str, tuple[str, ...]] = {
    "users": ("userCount",), "devices": ("deviceCount",), "transactions": ("transactionCount",),
    "uploaded": ("uploadNetworkTrafficInBytes", "uploadedBytes"),
    "downloaded": ("downloadNetworkTrafficInBytes", "downloadedBytes"), "risk": ("riskScore",),
}  # fmt: skip


def discovered(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """An application of one stream as the feed hands it on, or all of a file that names streams and their apps."""
    taken = maybe_moment(record.get("takenAt"))
    if "apps_by_stream" in record:
        given = under(record, "apps_by_stream").items()
        found = [seen for stream, apps in given for app in items(apps) for seen in _app(app, stream, None, taken)]
    else:
        app = under(record, "cloudApp") or record
        found = list(_app(app, text(record.get("stream")) or "", text(record.get("user")), taken))
    return iter(found) if found else Ignored("discovered application without a time or a domain")


def is_ai(category: str | None) -> bool:
    """Whether a category is one of AI: `generativeAi` of the API, `Generative AI` of the portal."""
    return (category or "").lower().replace(" ", "") in _OF_AI


def _app(app: Mapping[str, Any], stream: str, user: str | None, taken: datetime | None) -> Iterator[Observation]:
    """One sighting; the `@` after a user has the id put under the key, as it names somebody."""
    at = maybe_moment(app.get("lastSeenDateTime")) or taken
    name, domains = text(app.get("displayName")), app.get("domains")
    host = text(app.get("domain")) or next(iter(domains if isinstance(domains, list) else ()), None)
    if at is None or not (name or host):
        return
    key, category = text(app.get("id")) or name, text(app.get("category"))
    told = {fact: _number(app, columns) for fact, columns in _SUMS.items()}
    whom = f":{user}@" if user else ""
    yield Observation(
        source=SOURCE,
        kind=Kind.WEB,
        at=at,
        id=f"{SOURCE}:discovery:{stream}:{key}:{at:%Y-%m-%d}{whom}",
        host=host.lower().rstrip("/") if isinstance(host, str) else None,
        actor=_person(user),
        app=App(name=name, publisher=text(app.get("publisher"))),
        action=AI_APP if is_ai(category) else "allowed",
        labels=(category,) if category else (),
        attributes={**facts({**told, "sanctioned": text(app.get("sanctionedState"))}), "discovered": "true"},
    )


def _person(user: str | None) -> Actor | None:
    if not user:
        return None
    return Actor(email=user.lower()) if "@" in user else Actor(id=user)


def _number(app: Mapping[str, Any], columns: tuple[str, ...]) -> str | None:
    value = next((app[column] for column in columns if app.get(column) is not None), None)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def is_discovered(record: Mapping[str, Any]) -> bool:
    """Whether a record is of cloud discovery."""
    app = under(record, "cloudApp") or record
    return "apps_by_stream" in record or {"displayName", "riskScore", "userCount"} <= app.keys()


def need_app(record: Any) -> Mapping[str, Any]:
    """The record as an object. Raises Rejected."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    return record

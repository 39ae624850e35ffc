"""AI that acts by itself or was let in by an administrator: agents, Workspace Studio, NotebookLM, settings, meetings.

Agents: the Reports API's own description (revision read 2026-11-21: `actor.agentAttributionInfo`, `isAgenticAction`,
`resourceDetails`). Of `workspace_studio` and `gemini_notebook` Google describes no events where we could read them:
every event counts, what it was done to is `resourceDetails`. Others: …/appendix/activity/admin-security-settings,
…/admin-application-settings, …/admin-licenses-settings, …/meet.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.google_workspace.activity import Event, items, observation, text
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

_GOOGLE = "Google"
_STUDIO = App(name="Google Workspace Studio", publisher=_GOOGLE)
_NOTEBOOK = App(name="NotebookLM", publisher=_GOOGLE)
_OF_GOOGLE = App(name="Gemini in Workspace apps", publisher=_GOOGLE)
_AI = re.compile(r"gemini|generative|notebook_?lm|\bai\b|_ai(?:_|$)|^ai_|duet|workspace_?studio|agentic", re.IGNORECASE)
_MAKES = re.compile(r"create|edit|update|save|publish|share|delete|turn|activat|rename|copy|owner", re.IGNORECASE)
_LET_IN = {
    "AUTHORIZE_API_CLIENT_ACCESS": ("grant", "API_CLIENT_NAME", "API_CLIENT_NAME"),
    "REMOVE_API_CLIENT_ACCESS": ("revoke", "API_CLIENT_NAME", "API_CLIENT_NAME"),
    "ADD_TO_TRUSTED_OAUTH2_APPS": ("grant", "OAUTH2_APP_NAME", "OAUTH2_APP_ID"),
    "REMOVE_FROM_TRUSTED_OAUTH2_APPS": ("revoke", "OAUTH2_APP_NAME", "OAUTH2_APP_ID"),
    "ADD_APPLICATION": ("grant", "APPLICATION_NAME", "APP_ID"),
    "REMOVE_APPLICATION": ("revoke", "APPLICATION_NAME", "APP_ID"),
}
"""Events by which an administrator lets a program in for many: what it is, and where its name and id stand."""
_NOTETAKERS = {
    "otter": "Otter.ai", "fireflies": "Fireflies.ai", "read.ai": "Read AI", "read ai": "Read AI", "tl;dv": "tl;dv",
    "fathom": "Fathom", "tldv": "tl;dv", "sembly": "Sembly AI", "avoma": "Avoma", "notta": "Notta", "krisp": "Krisp",
    "meetgeek": "MeetGeek", "supernormal": "Supernormal", "grain": "Grain", "circleback": "Circleback", "gong": "Gong",
}  # fmt: skip
"""The first word or two of the name under which a note-taker joins, and its product."""


def agent(event: Event) -> Iterator[Observation]:
    """What an AI agent did in any application, as a run of that agent; nothing for what a person did.

    Its action begins with `agent_`, by which the catalog knows an agent nobody named before as AI.
    """
    who = event.activity.get("actor")
    told = who.get("agentAttributionInfo") if isinstance(who, dict) else None
    told = told if isinstance(told, dict) else {}
    if not told and event.activity.get("isAgenticAction") is not True:
        return
    key, name, sort = text(told.get("agentId")), text(told.get("agentName")), text(told.get("agentType"))
    ours = not name or "gemini" in f"{name} {sort}".lower()
    owner = told.get("agentOwner")
    mail = (text(owner.get("email")) or "").lower() if isinstance(owner, dict) else ""
    made = Solution(
        id=f"google_agent:{key}", type="google_agent", name=name, owner=Actor(email=mail) if "@" in mail else None
    )  # fmt: skip
    app = _OF_GOOGLE if ours else App(name=name)
    seen = observation(event, Kind.AUDIT, f"agent_{event.name}", app=app, attributes={"agent_type": sort})
    yield msgspec.structs.replace(seen, id=f"{seen.id}:agent" if seen.id else "", solution=made if key else None)


def studio(event: Event) -> Iterator[Observation]:
    """A flow of Workspace Studio (until 2025 Workspace Flows) made, changed, shared or run."""
    found = next(items(event.activity.get("resourceDetails")), {})
    yield _of_builder(event, _STUDIO, "google_workspace_flow", found)


def notebook(event: Event) -> Iterator[Observation]:
    """A notebook used, made or shared."""
    found = next(items(event.activity.get("resourceDetails")), {})
    key = text(found.get("id"))
    thing = Object(type="notebook", id=key) if key else None
    yield observation(event, Kind.AUDIT, event.name, app=_NOTEBOOK, thing=thing)


def _of_builder(event: Event, app: App, sort: str, resource: Mapping[str, Any]) -> Observation:
    key = text(resource.get("id")) or event.text("flow_id") or event.text("resource_id")
    makes = key is not None and _MAKES.search(event.name) is not None
    seen = observation(event, Kind.BUILD if makes else Kind.AUDIT, event.name, app=app)
    if key is None:
        return seen
    owners = [text(one.get("userEmail")) for one in _identities(resource)]
    made = Solution(
        id=f"{sort}:{key}",
        type=sort,
        name=text(resource.get("title")),
        deleted="delete" in event.name.lower(),
        owner=next((Actor(email=mail.lower()) for mail in owners if mail), None),
    )
    return msgspec.structs.replace(seen, solution=made)


def _identities(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    details = resource.get("ownerDetails")
    for one in items(details.get("ownerIdentity") if isinstance(details, dict) else None):
        if isinstance(user := one.get("userIdentity"), dict):
            yield user


def admin(event: Event) -> Iterator[Observation]:
    """A program an administrator let in for many, a setting of Google's AI changed, a licence of it given."""
    unit = event.text("ORG_UNIT_NAME")
    if event.name in _LET_IN:
        action, name, key = _LET_IN[event.name]
        client = event.text(key)
        yield observation(
            event, Kind.GRANT, action, app=App(name=event.text(name) if name != key else None, client_id=client),
            scopes=event.texts("API_SCOPES"), attributes={"consent": "admin", "type": event.text("OAUTH2_APP_TYPE")},
        )  # fmt: skip
        return
    about = {
        name: event.text(name.upper()) for name in ("application_name", "setting_name", "product_name", "new_value")
    }
    about["service_name"] = event.text("SERVICE_NAME")
    named = [about[name] or "" for name in ("application_name", "setting_name", "product_name", "service_name")]
    if not any(_AI.search(name) for name in named):
        return
    thing = Object(type="setting", name=next((name for name in named[1:] if name), None))
    studio_too = any("studio" in name.lower() for name in named)
    yield observation(
        event, Kind.AUDIT, event.name.lower(), app=_STUDIO if studio_too else _OF_GOOGLE, thing=thing,
        attributes={**about, "org_unit": unit},
    )  # fmt: skip


def meet(event: Event) -> Iterator[Observation]:
    """A note-taker that sat in a meeting: by its organisation, or by the name it joined under, which is not kept.

    The meeting's organiser is who let it in.
    """
    if event.name != "call_ended" or event.text("is_external") != "true":
        return
    mail = (event.text("identifier") or "").lower()
    shown = (event.text("display_name") or "").lower()
    host = mail.rpartition("@")[2] if "@" in mail else None
    product = next((name for words, name in _NOTETAKERS.items() if shown.startswith(words)), None)
    if product is None and not (host and any(words in host for words in _NOTETAKERS)):
        return
    seen = observation(event, Kind.AUDIT, "joined_meeting", app=App(name=product) if product else None, host=host)
    organiser = (event.text("organizer_email") or "").lower()
    who = Actor(email=organiser) if "@" in organiser else None
    yield msgspec.structs.replace(seen, actor=who)

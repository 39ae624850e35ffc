"""What each application's events say about AI: grants, Gemini, files that programs touch, sign-ins. Pure.

`agents` reads what agents and administrators did, `guards` what Google's DLP rules and managed Chrome saw.

Events and parameters: https://developers.google.com/workspace/admin/reports/v1/appendix/activity/token and beside it
…/gemini-in-workspace-apps, …/drive, …/login, …/saml. A reader yields nothing for an event that tells nothing.
"""

from collections.abc import Callable, Iterator, Mapping

from connectors.google_workspace import agents, guards
from connectors.google_workspace.activity import Event, items, observation, text
from schemas.observation import App, Kind, Object, Observation

GEMINI = App(name="Gemini in Workspace apps", publisher="Google")
_GRANTS = {"authorize": "grant", "revoke": "revoke"}
_SHARED = {"external", "public"}
_UNASKED = "inactive"
_DIGITS = 18


def token(event: Event) -> Iterator[Observation]:
    """A program authorised or revoked, asked for, or at work with what it was granted (`activity`).

    `num_response_bytes` of an activity went to the program, so they count as sent.
    """
    app = App(name=event.text("app_name"), client_id=event.text("client_id"))
    about = {"client_type": event.text("client_type")}
    if event.name in _GRANTS:
        yield observation(
            event, Kind.GRANT, _GRANTS[event.name], app=app, scopes=_scopes(event), attributes=about
        )  # fmt: skip
    elif event.name == "activity":
        about |= {"api": event.text("api_name"), "method": event.text("method_name")}
        sent = event.text("num_response_bytes") or ""
        yield observation(
            event, Kind.AUDIT, "activity", app=app, attributes=about,
            bytes_out=int(sent) if sent.isdecimal() and len(sent) <= _DIGITS else None,
        )  # fmt: skip
    elif event.name == "request":
        yield observation(event, Kind.AUDIT, "request", app=app, scopes=_scopes(event), attributes=about)


def _scopes(event: Event) -> tuple[str, ...]:
    """`scope`, else the names in `scope_data`."""
    named = (
        text(parameter.get("value"))
        for scope in items(event.messages.get("scope_data"))
        for parameter in items(scope.get("parameter"))
        if parameter.get("name") == "scope_name"
    )
    return event.texts("scope") or tuple(dict.fromkeys(name for name in named if name))


def gemini(event: Event) -> Iterator[Observation]:
    """Gemini used in Docs, Gmail, Meet …; what it showed unasked (`inactive`) is nobody's doing."""
    category = event.text("event_category")
    if event.name != "feature_utilization" or (category or "").startswith(_UNASKED):
        return
    yield observation(
        event, Kind.AUDIT, event.name, app=GEMINI,
        attributes={
            "app_host": event.text("app_name"), "feature": event.text("action"),
            "feature_source": event.text("feature_source"), "event_category": category,
        },
    )  # fmt: skip


def drive(event: Event) -> Iterator[Observation]:
    """A file a program touched (`originating_app_id`, its Cloud project), or one shared with another organisation.

    Side effects of an event, and what a person did with a file by hand, tell nothing about AI. Titles are left out.
    """
    if event.text("primary_event") == "false":
        return
    program = event.text("originating_app_id")
    host = _shared_with(event)
    if program is None and host is None:
        return
    file = event.text("doc_id")
    yield observation(
        event, Kind.AUDIT, event.name,
        app=App(client_id=program) if program else None,
        host=host,
        thing=Object(type="file", id=file) if file else None,
        attributes={
            "doc_type": event.text("doc_type"), "visibility": event.text("visibility"),
            "visibility_change": event.text("visibility_change"),
        },
    )  # fmt: skip


def _shared_with(event: Event) -> str | None:
    """The domain a file was opened to: `notes@otter.ai` is sharing with a tool. None within the organisation."""
    target = event.text("target_user") or ""
    domain = target.rpartition("@")[2].lower() if "@" in target else (event.text("target_domain") or "").lower()
    if "." not in domain or event.text("visibility_change") not in _SHARED:
        return None
    who = event.activity.get("actor")
    own = text(who.get("email")) if isinstance(who, dict) else None
    inside = {(name or "").rpartition("@")[2].lower() for name in (own, event.text("owner"))}
    return None if domain in inside else domain


def login(event: Event) -> Iterator[Observation]:
    """A sign-in to Google; `login_type` saml is one by another identity provider."""
    if event.name == "login_success":
        yield observation(
            event, Kind.SIGNIN, "signin", app=App(name="Google Workspace", publisher="Google"),
            attributes={"login_type": event.text("login_type"), "suspicious": event.text("is_suspicious")},
        )  # fmt: skip


def saml(event: Event) -> Iterator[Observation]:
    """A sign-in to another vendor's application through Google as the identity provider."""
    if event.name == "login_success":
        yield observation(
            event, Kind.SIGNIN, "signin", app=App(name=event.text("application_name")),
            unit=event.text("orgunit_path"), attributes={"initiated_by": event.text("initiated_by")},
        )  # fmt: skip


READERS: Mapping[str, Callable[[Event], Iterator[Observation]]] = {
    "token": token, "gemini_in_workspace_apps": gemini, "drive": drive, "login": login, "saml": saml,
    "rules": guards.rules, "chrome": guards.chrome, "admin": agents.admin, "meet": agents.meet,
    "workspace_studio": agents.studio, "gemini_notebook": agents.notebook,
}  # fmt: skip

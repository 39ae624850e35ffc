"""DLP alerts of Microsoft Graph (`alerts_v2`): which policy was met, by whom, in which application.

Schema: microsoftgraph/microsoft-graph-docs-contrib, api-reference/v1.0/resources/security-alert.md and
security-{user,device,cloudapplication,file,mailbox,analyzedmessage,url,ip}evidence.md. Titles read `DLP policy (NAME)
matched for email with subject (…)` or `… for document (…)`: the policy is taken, the subject and the rest are not, and
neither are description and additionalData, which may repeat what was matched.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Ignored
from connectors.shared.graph import items, moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation

SOURCE = "purview"
_DLP = {"datalossprevention", "microsoftdatalossprevention"}
_POLICY = re.compile(r"DLP policy \((.+?)\) matched", re.DOTALL)


def alert(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """One alert; those of other services, and those judged a false positive, are ignored."""
    sources = {(text(record.get(key)) or "").lower() for key in ("serviceSource", "detectionSource")}
    if not sources & _DLP:
        return Ignored("alert of another service")
    if (text(record.get("classification")) or "").lower() == "falsepositive":
        return Ignored("false positive")
    evidence = [(_type(each), each) for each in items(record.get("evidence"))]
    vendor_id = text(record.get("id"))
    policy = _POLICY.search(text(record.get("title")) or "")
    name = text(policy[1]) if policy else None
    seen = Observation(
        source=SOURCE,
        kind=Kind.DLP,
        at=_at(record),
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        actor=_actor(evidence),
        app=_app(evidence),
        host=_host(evidence),
        action="match",
        object=_thing(evidence, text(record.get("title")) or ""),
        labels=(name,) if name else (),
        tenant=text(record.get("tenantId")),
        attributes={
            key: value
            for key, value in (
                ("severity", (text(record.get("severity")) or "").lower()),
                ("category", text(record.get("category"))),
                ("status", text(record.get("status"))),
            )
            if value
        },
    )
    return iter((seen,))


def _at(record: Mapping[str, Any]) -> datetime:
    field = "firstActivityDateTime" if text(record.get("firstActivityDateTime")) else "createdDateTime"
    return moment(record.get(field), field)


Evidence = list[tuple[str, Mapping[str, Any]]]


def _type(evidence: Mapping[str, Any]) -> str:
    """`user`, `device` …; some stores can't keep an at sign in a key."""
    named = text(evidence.get("@odata.type")) or text(evidence.get("at_sign_odata_type")) or ""
    return named.rpartition(".")[2].lower().removesuffix("evidence")


def _of(evidence: Evidence, *kinds: str) -> Iterator[Mapping[str, Any]]:
    yield from (each for kind, each in evidence if kind in kinds)


def _actor(evidence: Evidence) -> Actor | None:
    """The account in the evidence, else the mailbox or the sender; the device and address seen with it."""
    accounts = (under(each, "userAccount") for each in _of(evidence, "user", "mailbox"))
    account: Mapping[str, Any] = next((found for found in accounts if found), {})
    name = text(account.get("userPrincipalName")) or ""
    boxes = (text(each.get("primaryAddress")) for each in _of(evidence, "mailbox"))
    senders = (text(under(each, "p1Sender").get("emailAddress")) for each in _of(evidence, "analyzedmessage"))
    mail = name if "@" in name else next((found for found in (*boxes, *senders) if found and "@" in found), "")
    login = text(account.get("accountName"))
    made = Actor(
        id=login if login and not mail else None,
        email=mail.lower() or None,
        idp_id=text(account.get("azureAdUserId")),
        device=next((found for each in _of(evidence, "device") if (found := text(each.get("deviceDnsName")))), None),
        ip=next((found for each in _of(evidence, "ip") if (found := text(each.get("ipAddress")))), None),
    )
    return made if made != Actor() else None


def _app(evidence: Evidence) -> App | None:
    named = (text(each.get("displayName")) for each in _of(evidence, "cloudapplication", "oauthapplication"))
    name = next((found for found in named if found), None)
    return App(name=name) if name else None


def _host(evidence: Evidence) -> str | None:
    for each in _of(evidence, "url"):
        try:
            host = urlsplit(text(each.get("url")) or "").hostname
        except ValueError:
            continue
        if host:
            return host
    return None


def _thing(evidence: Evidence, title: str) -> Object | None:
    """A file by its name, a message without its subject."""
    for each in _of(evidence, "file"):
        if name := text(under(each, "fileDetails").get("fileName")):
            return Object(type="file", name=name)
    message = any(True for _ in _of(evidence, "analyzedmessage", "mailbox")) or "for email" in title
    return Object(type="message") if message else None

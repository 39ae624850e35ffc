"""DLP matches as Purview's tools export them: activity explorer, DSPM for AI, and audit records of Graph.

Activity explorer: the columns of Export-ActivityExplorerData
(https://learn.microsoft.com/powershell/module/exchange/export-activityexplorerdata; Activity, Happened, RecordIdentity,
Workload, User, ClientIP, Application, TargetDomain, PolicyMatchInfo, SensitiveInfoTypeData), the names inside the last
two as in the endpoint records of the audit feed; unverified against a live tenant. DSPM: `{timestamp, user, app,
direction, action, label, sit}` of a public sample. Audit records: microsoft-graph-docs-contrib,
api-reference/beta/resources/security-auditlogrecord.md, with PolicyDetails in `auditData`. File paths, target paths and
justifications are not read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.base import Ignored
from connectors.shared.graph import items, moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation

SOURCE = "purview"
_BLOCK = ("block", "4")
"""An action that begins so, or EnforcementMode 4, stopped it."""


def activity(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """One row of activity explorer; only what met a policy or a sensitive information type is reported."""
    policy, found = under(record, "PolicyMatchInfo"), _kinds(record)
    names = [text(policy.get("PolicyName")), text(policy.get("RuleName")), *found]
    if not any(names):
        return Ignored("activity without a policy")
    return iter((
        _observation(
            record, at="Happened", key="RecordIdentity", user=record.get("User"), names=names,
            action=str(record.get("EnforcementMode", "")), app=text(record.get("Application")),
            host=text(record.get("TargetDomain")), ip=text(record.get("ClientIP")),
            device=text(record.get("DeviceName")), label=text(record.get("SensitivityLabel")),
            told={"activity": text(record.get("Activity")), "workload": text(record.get("Workload"))},
        ),
    ))  # fmt: skip


def dspm(record: Mapping[str, Any]) -> Iterator[Observation]:
    """One row of DSPM for AI: what was shared with which AI application."""
    yield _observation(
        record, at="timestamp", key="id", user=record.get("user"), names=_list(record.get("sit")),
        action=text(record.get("action")) or "", app=text(record.get("app")), label=text(record.get("label")),
        told={"direction": text(record.get("direction"))},
    )  # fmt: skip


def audited(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """One audit record of Graph; those that met no policy are the audit feed's, and are ignored here."""
    data = under(record, "auditData")
    policies = list(items(data.get("PolicyDetails")))
    if not policies:
        return Ignored("audit record without a policy")
    rules = [rule for policy in policies for rule in items(policy.get("Rules"))]
    met = [kind for rule in rules for kind in items(under(rule, "ConditionsMatched").get("SensitiveInformation"))]
    names = [text(policy.get("PolicyName")) for policy in policies] + [text(rule.get("RuleName")) for rule in rules]
    names += [text(kind.get("SensitiveInformationTypeName")) for kind in met]
    given = [rule["Actions"] for rule in rules if isinstance(rule.get("Actions"), list)]
    actions = [each for one in given for each in one if isinstance(each, str)]
    host = text(under(data, "CopilotEventData").get("AppHost")) or text(data.get("AppHost"))
    return iter((
        _observation(
            record, at="createdDateTime", key="id", user=record.get("userPrincipalName"), names=names,
            action=next((each for each in actions if each.startswith("Block")), ""), app=host,
            ip=text(record.get("clientIp")), label=None,
            told={"operation": text(record.get("operation")), "workload": text(data.get("Workload"))},
        ),
    ))  # fmt: skip


def _observation(
    record: Mapping[str, Any], *, at: str, key: str, user: Any, names: list[str | None], action: str,
    label: str | None, told: Mapping[str, str | None], app: str | None = None, host: str | None = None,
    ip: str | None = None, device: str | None = None,
) -> Observation:  # fmt: skip
    vendor_id, who = text(record.get(key)), text(user) or ""
    actor = Actor(
        id=who if who and "@" not in who else None, email=who.lower() if "@" in who else None, ip=ip, device=device
    )  # fmt: skip
    extension = text(record.get("FileExtension"))
    labels = dict.fromkeys(name for name in (*names, label) if name)
    return Observation(
        source=SOURCE,
        kind=Kind.DLP,
        at=moment(record.get(at), at),
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        actor=actor if actor != Actor() else None,
        app=App(name=app) if app else None,
        host=host.lower() if host and "/" not in host else None,
        action="blocked" if action.lower().startswith(_BLOCK) else "match",
        object=Object(type="file", name=f"*.{extension.lstrip('.')}") if extension else None,
        labels=tuple(labels),
        attributes={name: value for name, value in told.items() if value},
    )


def _kinds(record: Mapping[str, Any]) -> list[str | None]:
    """The names of the sensitive information types; a CSV export has them as JSON text."""
    given = record.get("SensitiveInfoTypeData")
    if isinstance(given, str) and given.lstrip().startswith("["):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            return []
    return [text(each.get("SensitiveInfoTypeName")) or text(each.get("SensitiveInfoTypeId")) for each in items(given)]


def _list(given: Any) -> list[str | None]:
    if isinstance(given, str):
        return [text(part) for part in given.split(";")]
    return [text(part) for part in given] if isinstance(given, list) else []

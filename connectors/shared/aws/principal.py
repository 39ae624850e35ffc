"""Who called AWS: a person, or a workload that is nobody. Pure.

`userIdentity` of CloudTrail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
(read 2026-11-21). A person is an IAM user, the root user, a user of IAM Identity Center, or whoever's session of a role
says so: by an e-mail address, a `sourceIdentity`, a role of Identity Center (`AWSReservedSSO_…`), or a session begun in
the console. Any other session of a role is a workload: it is named as the role, and counts as nobody.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.shared.aws.envelope import shown
from connectors.shared.graph import under
from schemas.observation import Actor

ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+")
_SSO_ROLE = "AWSReservedSSO_"
_PERSONS = {"IAMUser", "SAMLUser", "WebIdentityUser", "FederatedUser", "Directory", "Unknown"}


class Principal(msgspec.Struct, frozen=True):
    """`person` where somebody acted (without an address), else `workload` names the role or service that did."""

    person: Actor | None = None
    workload: str | None = None


def of_identity(identity: Mapping[str, Any], *, in_console: bool) -> Principal:
    """The principal of a `userIdentity`; `in_console` where the session was begun in the console."""
    kind = shown(identity.get("type"))
    arn = shown(identity.get("arn")) or ""
    behalf = shown(under(identity, "onBehalfOf").get("userId"))
    if behalf:
        return Principal(person=_named(_session(arn)[1], behalf))
    if kind == "AssumedRole" or ":assumed-role/" in arn:
        return _of_role(identity, arn, in_console=in_console)
    if kind == "Root":
        return Principal(person=Actor(id=arn or f"root of {shown(identity.get('accountId')) or 'an account'}"))
    if kind in _PERSONS or ":user/" in arn:
        name = shown(identity.get("userName")) or arn.rpartition("/")[2]
        return Principal(person=_named(name or None))
    return Principal(workload=shown(identity.get("invokedBy")) or shown(identity.get("accountId")))


def of_arn(arn: str) -> Principal:
    """The principal an ARN names, where a log gives nothing else."""
    return of_identity({"arn": arn, "type": "Root" if arn.endswith(":root") else None}, in_console=False)


def _of_role(identity: Mapping[str, Any], arn: str, *, in_console: bool) -> Principal:
    context = under(identity, "sessionContext")
    role, session = _session(arn)
    source = shown(context.get("sourceIdentity"))
    if source:
        return Principal(person=_named(source))
    if session and ("@" in session or in_console or role.startswith(_SSO_ROLE)):
        return Principal(person=_named(session))
    return Principal(workload=shown(under(context, "sessionIssuer").get("userName")) or role or None)


def _session(arn: str) -> tuple[str, str | None]:
    """(role, session) of `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`."""
    _, _, rest = arn.partition(":assumed-role/")
    role, _, session = rest.rpartition("/")
    return role or rest, session or None


def _named(name: str | None, idp_id: str | None = None) -> Actor | None:
    plain = name or ""
    email = plain.lower() if "@" in plain else None
    made = Actor(id=None if email else name, email=email, idp_id=idp_id)
    return made if made != Actor() else None

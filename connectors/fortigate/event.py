"""What one log of FortiGate says: the values by their names, whichever format they came in."""

from datetime import datetime
from functools import lru_cache

import msgspec

from connectors.base import Ignored, Rejected
from connectors.shared.textlog.moments import moment, offset
from connectors.shared.textlog.visit import (
    ADDRESS,
    actor,
    host_of,
    is_address,
    listed,
    port_of,
    size,
    without_query,
    word,
)
from schemas.observation import Actor, App, Kind, Object, Observation

Values = dict[str, str]
_NOT_AN_APPLICATION = {"unscanned", "unknown", "network.service", "web.client", ""}
"""Categories of signatures that name a protocol or a browser."""
_BLOCKED = ("block", "den", "drop", "reset", "reject", "quarantine", "ban")
_NANOSECONDS = 16
"""A time of so many digits tells two events of one session apart."""
_NO_NAME = Ignored("session that names no application")
_WITHOUT = {
    "ssl": Ignored("TLS log that names no host"),
    "dlp": Ignored("DLP hit that names no host"),
    "file-filter": Ignored("file that names no host"),
}
_QUESTION = Ignored("DNS query; its answer is reported")
_OTHER_RECORD = Ignored("DNS record that leads to no connection")
_LOCAL = Ignored("local name or reverse lookup")
_WAYS = {"A", "AAAA", "HTTPS", "CNAME", ""}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance: `zone` is hours east of UTC for lines without `eventtime` and `tz`."""

    zone: float = 0.0


def observed(subtype: str, values: Values, config: Config) -> Observation | Ignored:
    """The observation of a log. Raises Rejected naming what is wrong."""
    if subtype == "dns":
        return _lookup(values, config)
    host, port, path = _destination(values)
    application, facts = _application(said(values, "app"), said(values, "appcat"))
    if application is None and (not host or (subtype == "forward" and is_address(host))):
        return _WITHOUT.get(subtype, _NO_NAME)
    dlp, name = subtype == "dlp", said(values, "filename")
    return Observation(
        source="fortigate",
        kind=Kind.DLP if dlp else Kind.WEB,
        at=_at(values, config.zone),
        id=_identity(values),
        host=host or None,
        path=path,
        method=_method(values),
        actor=_actor(values),
        app=application,
        action=_action(values),
        object=Object(type="file", name=name) if name else None,
        bytes_out=size(values.get("sentbyte")),
        bytes_in=size(values.get("rcvdbyte")),
        user_agent=said(values, "agent") or None,
        labels=_rules(values) if dlp else listed(said(values, "catdesc") or said(values, "appcat")),
        attributes=_facts(values, facts, port),
    )


def said(values: Values, name: str) -> str:
    """A value; empty for what stands for nothing."""
    return word(values.get(name)) or ""


def _lookup(values: Values, config: Config) -> Observation | Ignored:
    """A name that was looked up. With all domains logged each comes as a query and as an answer."""
    if said(values, "eventtype") == "dns-query":
        return _QUESTION
    if said(values, "qtype").upper() not in _WAYS:
        return _OTHER_RECORD
    host = host_of(said(values, "qname"))[0]
    if not host:
        raise Rejected("the lookup has no name")
    if "." not in host or host.endswith((".arpa", ".local")):
        return _LOCAL
    return Observation(
        source="fortigate", kind=Kind.WEB, at=_at(values, config.zone), id=_identity(values), host=host,
        actor=_actor(values), action=_action(values), labels=listed(said(values, "catdesc")),
    )  # fmt: skip


def _destination(values: Values) -> tuple[str, str, str | None]:
    """Host, port, and path without its query; the name of the certificate where the host is none."""
    host, port = host_of(said(values, "hostname"))
    if not host or is_address(host):
        better = host_of(said(values, "scertcname").removeprefix("*."))[0]
        host = better if "." in better and not is_address(better) else host
    url = said(values, "url")
    if "://" in url:
        authority, slash, rest = url.partition("://")[2].partition("/")
        host, url = host or host_of(without_query(authority))[0], slash + rest
    return host, port or said(values, "dstport"), without_query(url) or None if url.startswith("/") else None


@lru_cache(1 << 14)
def _application(signature: str, category: str) -> tuple[App | None, dict[str, str]]:
    """The application a signature names: `OpenAI.ChatGPT_File.Upload` is a feature of OpenAI ChatGPT."""
    if not signature or category.lower() in _NOT_AN_APPLICATION:
        return None, {}
    name = signature.partition("_")[0].replace(".", " ").strip()
    return (App(name=name), {"signature": signature}) if name else (None, {})


def _facts(values: Values, facts: dict[str, str], port: str) -> dict[str, str]:
    """What else is kept: the signature, a port not of the web's, and of generative AI the model and use case."""
    more = port_of(port)
    for name in ("model", "usecase"):
        if value := said(values, name):
            more[name] = value
    return facts | more if more else facts


def _actor(values: Values) -> Actor:
    forwarded = said(values, "forwardedfor").partition(",")[0].strip()
    ip = forwarded if forwarded and ADDRESS.fullmatch(forwarded) else said(values, "srcip")
    user = said(values, "user") or said(values, "unauthuser") or said(values, "aiuser")
    return actor(user, ip, said(values, "srcname"))


def _action(values: Values) -> str:
    words = (said(values, "action").lower(), said(values, "utmaction").lower())
    return "blocked" if any(one.startswith(_BLOCKED) for one in words) else "allowed"


def _method(values: Values) -> str | None:
    """`httpmethod`; `method` is how the site was rated."""
    method = said(values, "httpmethod").upper()
    return method if method.isalpha() else None


def _rules(values: Values) -> tuple[str, ...]:
    """What a DLP profile found, by the names of the rule, the filter, the sensitivity, else of the profile."""
    names = (said(values, name) for name in ("rulename", "filtername", "dlpextra", "sensitivity"))
    return tuple(dict.fromkeys(name for name in names if name)) or listed(said(values, "profile"))


def _identity(values: Values) -> str:
    """Device, session, log and nanosecond, or nothing where the time is no finer than a second."""
    time, session = said(values, "eventtime"), said(values, "sessionid")
    if len(time) < _NANOSECONDS or not session:
        return ""
    return f"fortigate:{said(values, 'devid')}-{said(values, 'logid')}-{session}-{time}"


def _at(values: Values, zone: float) -> datetime:
    time = said(values, "eventtime")
    if time:
        return moment(time, zone)
    return moment(f"{said(values, 'date')} {said(values, 'time')}", offset(said(values, "tz"), zone))

"""Access logs written as JSON: Envoy's and Istio's keys, and the variables of nginx under their own names. Pure.

nginx names no keys of its own: those of `log_format … escape=json` are mostly its variables
(https://nginx.org/en/docs/varindex.html), and these are read. A request without a host is not reported.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.access_log.lines import local_time
from connectors.access_log.request import NO_REQUEST, Asked, Config, observed
from connectors.base import Ignored, Rejected
from connectors.shared.graph import moment, text
from schemas.observation import Observation

_TIMES = ("start_time", "time_iso8601", "time_local", "timestamp", "@timestamp", "time", "msec")
_HOSTS = ("authority", "http_host", "host", "vhost", "server_name")
_CLIENTS = ("x_forwarded_for", "http_x_forwarded_for", "remote_addr", "client_ip", "downstream_remote_address")
_USERS = ("remote_user", "user")
_STATUS = ("response_code", "status")
_RECEIVED = ("bytes_received", "request_length")
_SENT = ("bytes_sent", "body_bytes_sent")
_AGENTS = ("user_agent", "http_user_agent")
_TARGETS = ("path", "request_uri", "uri")
_METHODS = ("method", "request_method")
_SIGNS = (_HOSTS, _CLIENTS, _STATUS, _RECEIVED + _SENT, _AGENTS)


def read(record: Mapping[str, Any], config: Config) -> Observation | Ignored:
    """The request of an object, or why it tells of none. Raises Rejected where it has no time, or is none."""
    if not _first(record, _TIMES):
        raise Rejected("a JSON object without a time that is known: no access log")
    method, target = _asked(record)
    host = _said(_first(record, _HOSTS))
    if not method or not target:
        named = _said(text(record.get("requested_server_name")) or "")
        if not named:
            return NO_REQUEST
        method, target, host = "CONNECT", named, named
    asked = Asked(
        _at(record), method, target, host, _said(_first(record, _CLIENTS)), _said(_first(record, _USERS)),
        _first(record, _STATUS), _first(record, _SENT), _first(record, _RECEIVED), _first(record, _AGENTS),
    )  # fmt: skip
    return observed(asked, config)


def _asked(record: Mapping[str, Any]) -> tuple[str, str]:
    """(method, target), of their own keys or of nginx's `request`."""
    whole = text(record.get("request"))
    if whole and whole.count(" ") > 1:
        method, _, rest = whole.partition(" ")
        return (method, rest.rpartition(" ")[0]) if method.isalpha() else ("", "")
    return _said(_first(record, _METHODS)), _said(_first(record, _TARGETS))


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first of the keys that says something, as text."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str):
            if value and value != "-":
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _said(value: str) -> str:
    return "" if value == "-" else value.strip()


def _at(record: Mapping[str, Any]) -> datetime:
    told = _first(record, _TIMES).strip()
    if told[2:3] == "/":
        return local_time(told)
    if told.replace(".", "", 1).isdecimal():
        try:
            return datetime.fromtimestamp(float(told), UTC)
        except (ValueError, OverflowError, OSError):
            raise Rejected("the time is not one") from None
    return moment(told, "the time")


def recognise(record: Mapping[str, Any]) -> float:
    """How much an object looks like a request of an access log: only what several of its usual keys say."""
    if not _first(record, _TIMES) or not all(_asked(record)) or not _first(record, _STATUS):
        return 0.0
    return round(0.2 + 0.14 * sum(bool(_first(record, keys)) for keys in _SIGNS), 2)

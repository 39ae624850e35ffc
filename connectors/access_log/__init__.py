"""Access logs of nginx, Apache and Envoy: requests that a gateway, forward proxy or reverse proxy handed on.

nginx: https://nginx.org/en/docs/http/ngx_http_log_module.html; Apache: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
(common, combined, vhost_combined); Envoy: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
(the default format), Istio's: https://istio.io/latest/docs/tasks/observability/logs/access-log/ (read 2026-11-21).
Records of others it was run over: elastic/integrations:packages/nginx, packages/apache and packages/envoyproxy, each
_dev/test/pipeline. `lines` reads text, `objects` JSON; queries, referrers and request ids are dropped.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.access_log import lines, objects
from connectors.access_log.request import Config
from connectors.base import Connector, Ignored, Rejected
from schemas.observation import Kind, Observation

_LONGEST = 1 << 16
_DEFAULTS = Config()


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One line (bytes) or JSON object. Raises Rejected naming what is wrong with it."""
    if isinstance(record, bytes):
        if len(record) > _LONGEST:
            raise Rejected(f"line longer than {_LONGEST} bytes")
        inside = _object_of(record) if record[:1] == b"{" else None
        if inside is None:
            found = lines.read(record.decode("utf-8", "replace"), config or _DEFAULTS)
        else:
            found = _of_object(inside, config or _DEFAULTS)
    elif isinstance(record, dict):
        found = _of_object(record, config or _DEFAULTS)
    else:
        raise Rejected("neither a line nor a JSON object")
    return found if isinstance(found, Ignored) else iter((found,))


def _of_object(record: dict[str, Any], config: Config) -> Observation | Ignored:
    """A line that a container's runtime wrapped, or a log written as JSON."""
    line = _wrapped(record)
    return lines.read(line, config) if line is not None else objects.read(record, config)


def _wrapped(record: dict[str, Any]) -> str | None:
    line = record.get("log") or record.get("message")
    return line.rstrip("\r\n") if isinstance(line, str) and ("stream" in record or "kubernetes" in record) else None


def _object_of(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def recognise(record: Any) -> float:
    """How much a record looks like a line of an access log."""
    if isinstance(record, bytes):
        if len(record) > _LONGEST:
            return 0.0
        inside = _object_of(record) if record[:1] == b"{" else None
        return lines.recognise(record.decode("utf-8", "replace")) if inside is None else recognise(inside)
    if not isinstance(record, dict):
        return 0.0
    line = _wrapped(record)
    return lines.recognise(line) if line is not None else objects.recognise(record)


CONNECTOR = Connector(
    name="access_log",
    title="Access log of nginx, Apache or Envoy",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    docs="https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
    permissions=("read the access log",),
    granted_in="the server's own settings: access_log (nginx), CustomLog (Apache), access_log (Envoy)",
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(minutes=5),
    evidence="real sample",
    samples=("access_log/nginx.log", "access_log/envoy.log", "access_log/json.ndjson"),
)

"""Which column of any CSV stands for what: proposed from the names in its header, decided by the settings.

Names are compared without case, blanks, signs and what stands in brackets. Where two columns fit the time or the
destination equally well nothing is guessed: dating or counting by the wrong one would be worse than asking.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from connectors.base import Unmapped

NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "time": (
        ("timestamp", "datetime", "dateandtime", "eventtime", "eventtimestamp", "eventdatetime", "timegenerated",
         "utctime", "utctimestamp", "epoch", "epochtime", "unixtime", "logtimestamp", "ts", "transactiontime"),
        ("time",),
        ("logtime", "starttime", "begintime", "requesttime", "accesstime", "visittime", "receivetime", "receivedtime",
         "receivedat", "occurred", "occurredat", "eventdate", "createdat", "creationtime", "creationdate", "when"),
        ("date", "day", "endtime", "lastseen", "lastvisit"),
    ),
    "host": (
        ("destinationhost", "destinationhostname", "destinationdomain", "desthost", "desthostname", "destdomain",
         "dsthost", "dsthostname", "dstdomain", "dhost", "targethost", "requesthost", "urlhost", "urldomain", "host",
         "remotehost", "serverhost", "destinationdns"),
        ("hostname", "domain", "domainname", "fqdn", "sni", "tlssni", "servername", "serverhostname", "csstarhost"),
        ("site", "website", "webdomain", "queryname", "dnsquery", "query", "destination", "dest", "target"),
    ),
    "url": (("url", "fullurl", "requesturl", "requesteduri", "requestedurl", "destinationurl", "uri", "requesturi",
             "webaddress", "link"),),
    "path": (("path", "urlpath", "uripath", "requestpath", "uristem"),),
    "user": (
        ("user", "username", "login", "loginname", "userlogin", "samaccountname", "sourceuser", "srcuser", "clientuser",
         "account", "accountname", "userid", "useraccount"),
        ("actor", "principal", "identity", "employee", "person", "who", "owner"),
    ),
    "email": (("email", "useremail", "emailaddress", "mail", "upn", "userprincipalname", "userupn", "sourceemail"),),
    "employee_id": (("employeeid", "employeenumber", "personnelnumber", "staffid", "workerid"),),
    "ip": (
        ("clientip", "clientipaddress", "sourceip", "sourceipaddress", "srcip", "userip", "useripaddress", "internalip",
         "localip", "cip"),
        ("sourceaddress", "srcaddress", "clientaddress", "src", "ip", "ipaddress", "source", "client"),
    ),
    "device": (("device", "devicename", "devicehostname", "computer", "computername", "machine", "machinename",
                "workstation", "sourcehost", "sourcehostname", "srchost", "clienthost", "clienthostname", "endpoint"),),
    "unit": (("unit", "department", "dept", "division", "businessunit", "orgunit", "organizationunit",
              "organisationunit", "team", "userdepartment"),),
    "app": (("app", "appname", "application", "applicationname", "cloudapp", "cloudapplication", "saasapp"),
            ("service", "servicename", "product", "tool")),
    "client_id": (("clientid", "appid", "applicationid", "oauthclientid"),),
    "publisher": (("publisher", "vendor", "vendorname", "appvendor"),),
    "method": (("method", "httpmethod", "requestmethod", "verb"),),
    "status": (("statuscode", "httpstatus", "httpstatuscode", "responsecode", "httpresponsecode", "respcode"),
               ("status",)),
    "action": (("action", "verdict", "decision", "policyaction", "disposition", "actiontaken"), ("outcome", "result")),
    "bytes_out": (("bytesout", "bytessent", "sentbytes", "bytesuploaded", "uploadedbytes", "uploadbytes", "uploadsize",
                   "requestsize", "requestbytes", "clientbytes", "outboundbytes", "outbytes", "datasent", "uploaded"),
                  ("sent", "upload")),
    "bytes_in": (("bytesin", "bytesreceived", "receivedbytes", "bytesdownloaded", "downloadedbytes", "downloadbytes",
                  "downloadsize", "responsesize", "responsebytes", "serverbytes", "inboundbytes", "inbytes",
                  "datareceived", "downloaded"), ("received", "download")),
    "user_agent": (("useragent", "agent", "browseragent", "httpuseragent"), ("browser",)),
    "content_type": (("contenttype", "mimetype", "mediatype"),),
    "category": (("category", "categories", "urlcategory", "webcategory", "sitecategory", "contentcategory"),),
}  # fmt: skip
"""What a column may stand for, with the names that say so: the surer ones first."""
FIELDS = frozenset({*NAMES, "clock", "id"})
"""All that `columns` may name: `clock` is the time of day beside a day under `time`, `id` the row's own id."""
_SET = "set columns, as --config 'columns=COLUMN=FIELD,…'"
_SHOWN = 60


def plain(column: str) -> str:
    """A column's name without case, brackets, blanks, signs and a zone at its end."""
    bare = re.sub(r"[^0-9a-z]", "", re.sub(r"[(\[{][^)\]}]*[)\]}]", "", column).lower())
    return bare.removesuffix("utc").removesuffix("gmt") if bare not in {"utc", "gmt"} else bare


_KNOWN = {name: (field, rank) for field, ranks in NAMES.items() for rank, names in enumerate(ranks) for name in names}


def proposed(columns: Sequence[str], decided: Mapping[str, str]) -> dict[str, str]:
    """Column to field: those decided, and for the other fields the column whose name says it most surely.

    Raises Unmapped, listing the columns and the setting, where the time or the destination is missing or ambiguous, or
    a decided column is not there.
    """
    return dict(_proposed(tuple(columns), tuple(sorted(decided.items()))))


@lru_cache(1024)
def _proposed(columns: tuple[str, ...], decided: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    given = dict(decided)
    found = {column: field for column, field in given.items() if column in columns}
    faults = [f"column {column!r} of the settings is not in the file" for column in given if column not in columns]
    ranked = _ranked([column for column in columns if column not in given], set(given.values()))
    if {plain(column) for column in columns} >= {"date", "time"} and not set(given.values()) & {"time", "clock"}:
        ranked["time"] = {0: [column for column in columns if plain(column) == "date"]}
        ranked["clock"] = {0: [column for column in columns if plain(column) == "time"]}
    for field, ranks in ranked.items():
        best = ranks[min(ranks)]
        if len(best) == 1 or field not in {"time", "host"}:
            found.setdefault(best[0], field)
        elif field == "time" or "url" not in ranked:
            faults.append(f"{field}: {' and '.join(map(repr, best))} fit equally")
    faults += _missing(set(found.values()), faults)
    if faults:
        raise Unmapped(f"{'; '.join(faults)}. The columns are: {_list(columns)}. To say which is which, {_SET}")
    return tuple(found.items())


def _ranked(columns: list[str], taken: set[str]) -> dict[str, dict[int, list[str]]]:
    """Of each field not decided yet, the columns that fit by how surely they do."""
    ranked: dict[str, dict[int, list[str]]] = {}
    for column in columns:
        field, rank = _KNOWN.get(plain(column), ("", 0))
        if field and field not in taken:
            ranked.setdefault(field, {}).setdefault(rank, []).append(column)
    return ranked


def _missing(fields: set[str], faults: list[str]) -> Iterator[str]:
    """What no column stands for and a row needs; an application in place of a host only where it was decided."""
    if "time" not in fields and not any(fault.startswith("time:") for fault in faults):
        yield "time: no column's name says it"
    hosted = fields & {"host", "url"} or any(fault.startswith("host:") for fault in faults)
    if not hosted:
        yield "host: no column's name says where a request went (host or url)"


def _list(columns: Sequence[str]) -> str:
    """The columns as an error shows them: a header is no record, and yet may be one in a file without."""
    return ", ".join(repr(column[:_SHOWN]) for column in columns[:_SHOWN]) + (", …" if len(columns) > _SHOWN else "")

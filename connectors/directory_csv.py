"""A directory as a CSV file: who works here, in which unit, under which identifiers, and who has left.

Any HR or directory export with a header: columns are known by their usual names (English, and those of Entra, Google
Workspace, Okta and Workday exports). An employee id, or else an e-mail address, is needed; all else may be missing.
Lists in a cell are separated by `;`, `|` or line ends.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from schemas.person import Person

ALIASES: Mapping[str, tuple[str, ...]] = {
    "employee_id": ("employeeid", "employeenumber", "personnelnumber", "workerid", "staffid", "empid", "personid"),
    "email": (
        "email", "mail", "emailaddress", "primaryemail", "workemail", "primaryworkemail", "userprincipalname", "upn",
    ),
    "name": ("name", "displayname", "fullname", "legalname", "preferredname"),
    "first": ("firstname", "givenname", "namefirst"),
    "last": ("lastname", "surname", "familyname", "namelast"),
    "unit": ("unit", "department", "orgunit", "organizationalunit", "organisationalunit", "orgunitpath", "division",
             "costcentername", "supervisoryorganization", "team", "businessunit"),
    "manager": ("manager", "managerid", "manageremail", "managerupn", "manageremployeeid", "supervisor"),
    "joined": ("joined", "joinedon", "hiredate", "startdate", "employeehiredate", "joindate", "datehired"),
    "left": ("left", "lefton", "leavedate", "enddate", "terminationdate", "employeeleavedatetime", "lastworkingday",
             "lastday", "leaver"),
    "active": ("active", "accountenabled", "enabled", "status", "employmentstatus", "userstatus", "suspended"),
}  # fmt: skip
IDENTIFIERS: Mapping[str, tuple[str, ...]] = {
    "email": ("aliases", "emailaliases", "proxyaddresses", "othermails", "secondaryemails", "emails", "alias"),
    "login": ("login", "logins", "username", "samaccountname", "userid", "accountname", "uid", "proxyuser"),
    "idp_id": ("id", "objectid", "entraid", "oktaid", "googleid", "idpid", "azureadid", "idpids"),
    "device": ("device", "devices", "hostname", "hostnames", "computer", "computers", "devicename"),
    "ip": ("ip", "ips", "ipaddress", "ipaddresses", "fixedip"),
}  # fmt: skip
_FIELDS = {alias: field for field, names in ALIASES.items() for alias in names}
_LISTS = {alias: kind for kind, names in IDENTIFIERS.items() for alias in names}
_NO = {"no", "false", "0", "n", "inactive", "disabled", "terminated", "left", "suspended", "deprovisioned", "leaver"}
_YES = {"", "yes", "true", "1", "y"}
_NOTHING = {"", "-", "n/a", "na", "none", "null"}
_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%d-%b-%Y", "%Y%m%d")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` maps an export's own column names to those known here. Days come before months unless `month_first`."""

    columns: dict[str, str] = {}
    month_first: bool = False


def plain(column: str) -> str:
    """A column's name without case, blanks and signs."""
    return re.sub(r"[^0-9a-z]", "", column.lower())


def parse(record: Any, config: Config) -> Iterator[Person] | Ignored:
    """One row. Raises Rejected naming the column that can't be read."""
    if not isinstance(record, dict):
        raise Rejected("not a row with columns")
    cells = _cells(record, config)
    email = cells.get("email", "").lower()
    if email and "@" not in email:
        raise Rejected("column email: no e-mail address")
    employee_id = cells.get("employee_id") or email
    if not employee_id:
        raise Rejected("neither an employee id nor an e-mail address")
    name = cells.get("name") or " ".join(filter(None, (cells.get("first"), cells.get("last")))) or None
    left_on = None if cells.get("left", "").lower() in _YES | _NO else _date(cells.get("left"), "left", config)
    person = Person(
        source="directory_csv",
        employee_id=employee_id,
        name=name,
        email=email or None,
        unit=cells.get("unit") or None,
        manager=cells.get("manager") or None,
        joined_on=_date(cells.get("joined"), "joined", config),
        left_on=left_on,
        active=_active(cells),
        identifiers=tuple(dict.fromkeys(_identifiers(record, cells, config))),
    )
    return iter((person,))


def _known(column: Any, config: Config) -> str:
    return plain(config.columns.get(column, column)) if isinstance(column, str) else ""


def _cells(record: Mapping[str, Any], config: Config) -> dict[str, str]:
    """What stands under each known field; the first column that says something wins."""
    found: dict[str, str] = {}
    for column, value in record.items():
        known = _known(column, config)
        field = _FIELDS.get(known, known if known in ALIASES else "")
        said = _said(value)
        if field == "active" and known == "suspended" and said:
            said = "no" if said.lower() in _YES else "yes"
        if field and said and field not in found:
            found[field] = said
    return found


def _said(value: Any) -> str:
    text = str(value).strip() if isinstance(value, str | int | bool) else ""
    return "" if text.lower() in _NOTHING else text


def _active(cells: Mapping[str, str]) -> bool:
    """Whether the account is in use; a leaver with a day still to come is active until the judge's clock says else."""
    if cells.get("active", "").lower() in _NO:
        return False
    return cells.get("left", "no").lower() not in {"yes", "true", "1", "y"}


def _date(text: str | None, column: str, config: Config) -> date | None:
    if not text:
        return None
    bare = re.split(r"[T ](?=\d{1,2}:)", text, maxsplit=1)[0]
    formats = ("%m/%d/%Y", *_FORMATS) if config.month_first else _FORMATS
    for form in formats:
        try:
            return datetime.strptime(bare, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise Rejected(f"column {column}: no date; write YYYY-MM-DD")


def _identifiers(record: Mapping[str, Any], cells: Mapping[str, str], config: Config) -> Iterator[tuple[str, str]]:
    if cells.get("email"):
        yield "email", cells["email"].lower()
    if cells.get("employee_id"):
        yield "employee_id", cells["employee_id"]
    for column, value in record.items():
        known = _known(column, config)
        if kind := _LISTS.get(known) or ("email" if _FIELDS.get(known) == "email" else None):
            for part in re.split(r"[;|\n]", _said(value)):
                if text := re.sub(r"(?i)^(?:smtp|sip):", "", part.strip()):
                    yield kind, text.lower() if kind == "email" else text


def recognise(record: Any) -> float:
    """How much a row's columns look like a directory's."""
    if not isinstance(record, dict):
        return 0.0
    known = {plain(column) for column in record if isinstance(column, str)}
    fields = {_FIELDS[name] for name in known if name in _FIELDS}
    if not fields & {"email", "employee_id"}:
        return 0.0
    return round(min(0.9, 0.2 * len(fields | {_LISTS[name] for name in known if name in _LISTS})), 2)


CONNECTOR = Connector(
    name="directory_csv",
    title="Directory as CSV",
    kinds=(),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="csv",
    config=Config,
    docs="connectors/README.md#directory-file",
    permissions=("read the file",),
    plan="any",
    cursor="whole file",
    every=timedelta(days=1),
    evidence="unverified",
    samples=("directory_csv/people.csv",),
)

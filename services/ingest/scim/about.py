"""What the endpoint says of itself: RFC 7643 §5, §6, §7 and RFC 7644 §4."""

from typing import Any

from connectors.scim import CORE, ENTERPRISE, PENUMBRA
from services.ingest.scim.resource import COMPANY, OURS, TEXTS

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MOST_RESULTS = 200
_EXACT = {"externalId"}


def config(base: str) -> dict[str, Any]:
    """What is supported: PATCH and filters; no bulk, no sorting, no passwords, no versions."""
    return {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Token",
                "description": "a token of this service with the permission people:write",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def types(base: str) -> list[dict[str, Any]]:
    """Users; groups can be asked for and there are none."""
    extensions = [{"schema": ENTERPRISE, "required": False}, {"schema": PENUMBRA, "required": False}]
    return [
        _type(base, "User", "/Users", CORE, "people and their identifiers", extensions),
        _type(base, "Group", "/Groups", CORE.replace(":User", ":Group"), "none are kept", []),
    ]


def _type(
    base: str, name: str, endpoint: str, schema: str, about: str, extensions: list[dict[str, Any]]
) -> dict[str, Any]:
    meta = {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"}
    return {
        "schemas": [TYPE], "id": name, "name": name, "endpoint": endpoint, "description": about, "schema": schema,
        "schemaExtensions": extensions, "meta": meta,
    }  # fmt: skip


def schemas(base: str) -> list[dict[str, Any]]:
    """The attributes that are kept."""
    names = [_attribute("formatted"), _attribute("familyName"), _attribute("givenName")]
    mails = [
        _attribute("value"), _attribute("type"), _attribute("display"), _attribute("primary", kind="boolean"),
    ]  # fmt: skip
    core = [_attribute(name) for name in TEXTS.values()]
    core[0] |= {"required": True, "uniqueness": "server"}
    core += [
        _attribute("active", kind="boolean"),
        _attribute("name", kind="complex") | {"subAttributes": names},
        _attribute("emails", kind="complex", many=True) | {"subAttributes": mails},
    ]
    boss = [_attribute("value"), _attribute("displayName")]
    company = [*map(_attribute, COMPANY.values()), _attribute("manager", kind="complex") | {"subAttributes": boss}]
    dates = [*map(_attribute, OURS.values())]
    return [
        _schema(base, CORE, "User", "who somebody is", core),
        _schema(base, ENTERPRISE, "EnterpriseUser", "where they work", company),
        _schema(base, PENUMBRA, "PenumbraUser", "when they came and left: YYYY-MM-DD", dates),
    ]


def _attribute(name: str, *, kind: str = "string", many: bool = False) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "multiValued": many, "required": False, "caseExact": name in _EXACT,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    }  # fmt: skip


def _schema(base: str, urn: str, name: str, about: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    meta = {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"}
    return {
        "schemas": [SCHEMA], "id": urn, "name": name, "description": about, "attributes": attributes, "meta": meta,
    }  # fmt: skip


def listed(resources: list[dict[str, Any]], total: int, start: int = 1) -> dict[str, Any]:
    """A ListResponse (RFC 7644 §3.4.2)."""
    return {
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(resources),
        "Resources": resources,
    }  # fmt: skip

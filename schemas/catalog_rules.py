"""The vocabulary and limits that `schemas.catalog_check` holds a catalog to."""

import re
from collections.abc import Iterator
from functools import cache

import tldextract

from schemas.vendor import Role

KINDS = frozenset(
    {
        "assistant", "search", "coding", "image", "video", "audio", "writing", "meeting_notes", "agent", "companion",
        "model_api", "ml_platform", "embedded", "local_runtime", "automation",
    }
)  # fmt: skip
"""The categories of a product; `automation` are builders of flows and apps, which the governance programme covers."""

USES: frozenset[Role] = frozenset({"ui", "api"})
NEEDS_SOURCE = frozenset({"vendor-doc", "public-text"})
PRODUCT_ID = re.compile(r"[a-z0-9-]+\.[a-z0-9]+(?:-[a-z0-9]+)*")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
WIDE = frozenset(
    {
        "adobe.com", "airtable.com", "alibaba.com", "alibabacloud.com", "aliyun.com", "aliyuncs.com", "amazon.com",
        "amazonaws.com", "asana.com", "atlassian.net", "azure.com", "baidu.com", "bing.com", "box.com", "bytedance.com",
        "canva.com", "clickup.com", "cloud.microsoft", "cloudflare.com", "databricks.com", "dropbox.com",
        "facebook.com", "force.com", "github.com", "githubusercontent.com", "gitlab.com", "google.com",
        "googleapis.com", "hubspot.com", "ibm.com", "intercom.io", "jetbrains.com", "live.com", "meta.com",
        "microsoft.com", "monday.com", "notion.com", "notion.so", "nvidia.com", "office.com", "oracle.com",
        "salesforce.com", "sap.com", "servicenow.com", "sharepoint.com", "slack.com", "snowflakecomputing.com",
        "tencent.com", "vercel.app", "vercel.com", "workday.com", "x.com", "yandex.com", "zapier.com", "zendesk.com",
        "zoom.us",
    }
)  # fmt: skip
"""Suffixes of companies that are far more than AI; several public lists of AI hosts name them all the same."""

COUNTRIES = frozenset(
    {
        "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
        "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
        "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
        "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
        "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
        "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
        "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
        "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
        "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE",
        "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
        "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
        "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF",
        "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY",
        "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
    }
)  # fmt: skip
"""ISO 3166-1 alpha-2 (https://www.iso.org/iso-3166-country-codes.html)."""

_LARGEST_REPEAT = 1000
_NOT_RE2 = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|\\[1-9ZG]|[*+?}]\+")
_SKIPPED = re.compile(r"\\[^1-9ZG]|\[\^?\]?(?:\\.|[^\]\\])*\]")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The bundled public suffix list, without its private part (a hosting company's own domain may be a product)."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def is_public_suffix(host: str) -> bool:
    """Whether a host is a public suffix alone, such as `co.uk` or `ai`."""
    return not _suffixes()(host).domain


def is_wide(host: str) -> bool:
    """Whether a host is one of WIDE, bare or with `www.`."""
    return host.removeprefix("www.") in WIDE


def pattern_faults(pattern: str, *, anchored: bool) -> Iterator[str]:
    """What keeps an expression from meaning the same in `re` and in RE2; a path's starts with `^/` or `^(/`."""
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"not an expression: {error}"
        return
    bare = _SKIPPED.sub("x", pattern)
    if _NOT_RE2.search(bare):
        yield "RE2 has no look-around, back-reference, atomic group or possessive repeat"
    if any(int(bound or 0) > _LARGEST_REPEAT for found in _REPEAT.findall(bare) for bound in found):
        yield f"RE2 repeats at most {_LARGEST_REPEAT} times"
    if anchored and not re.match(r"\^\(?/", pattern):
        yield "a path expression starts with ^/"

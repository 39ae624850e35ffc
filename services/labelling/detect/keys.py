"""Keys and tokens by the shape their issuer gives them.

Shapes were read in the vendors' documentation where an address stands, else in gitleaks' rules
(https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml). Lengths are taken as minima: issuers lengthen
their keys. Publishable keys (Stripe's `pk_`, Twilio's `AC…`) are no secrets and left out.
"""

# ruff: noqa: E501 - an expression or a sentence reads best on one line

import zlib
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from json import JSONDecodeError, loads

from services.labelling.detect import examples
from services.labelling.detect.checksums import base62
from services.labelling.detect.finding import Check, Fit, Rule, Shape, fits

_GITHUB_CHECKSUM = 6
_SHAPED = 0.97


def github(value: str) -> Fit:
    """Whether the last six characters are the CRC-32 of what stands before them, in base 62.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    body = value.partition("_")[2]
    rest, told = body[:-_GITHUB_CHECKSUM], body[-_GITHUB_CHECKSUM:]
    return Fit.YES if base62(zlib.crc32(rest.encode()), _GITHUB_CHECKSUM) == told else Fit.WRONG


def github_otherwise(value: str) -> Fit:
    """As `github`, where that is not so: still by far most likely a token, of another length or age."""
    return Fit.NO if github(value) is Fit.YES else Fit.YES


def jwt(value: str) -> Fit:
    """Whether the first part is JSON with an algorithm in it (RFC 7515 §4.1.1)."""
    head = value.partition(".")[0]
    try:
        header = loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (NotBase64, UnicodeDecodeError, JSONDecodeError):
        return Fit.NO
    return Fit.YES if isinstance(header, dict) and ("alg" in header or "enc" in header) else Fit.NO


def _key(kind: str, expression: bytes, *needs: bytes, check: Check = fits, basis: str = "the issuer's shape") -> Shape:
    rule = Rule(kind, basis, _SHAPED, _SHAPED, check=check, example=examples.token)
    return Shape(kind, expression, (rule,), needs)


def to_its_end(text: str, start: int, end: int) -> tuple[int, int]:
    """A PEM block to its END line, where that follows; else its first line."""
    closing = text.find("-----END", end, end + 16_384)
    last = text.find("-----", closing + 8, closing + 80) if closing >= 0 else -1
    return (start, last + 5) if last >= 0 else (start, end)


SHAPES = (
    _key("aws_key", rb"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", b"AKIA", b"ASIA", b"ABIA", b"ACCA"),
    Shape("github_token", rb"\bgh[opusr]_[A-Za-z0-9]{36,}\b",
          (Rule("github_token", "the issuer's shape and checksum", 0.99, 0.99, check=github, example=examples.token),
           Rule("github_token", "the issuer's shape; its checksum does not fit", 0.9, 0.9, check=github_otherwise,
                example=examples.token)), (b"gho_", b"ghp_", b"ghu_", b"ghs_", b"ghr_")),
    _key("github_token", rb"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{40,}\b", b"github_pat_"),
    _key("gitlab_token", rb"\bgl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[A-Za-z0-9_\-.]{20,}", b"gl"),
    _key("openai_key", rb"\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_\-]{20,}", b"sk-"),
    _key("openai_key", rb"\bsk-[A-Za-z0-9]{40,64}\b", b"sk-"),
    _key("anthropic_key", rb"\bsk-ant-[A-Za-z0-9_\-]{20,}", b"sk-ant-"),
    _key("openrouter_key", rb"\bsk-or-v1-[0-9a-f]{40,}\b", b"sk-or-"),
    _key("deepseek_key", rb"\bsk-[0-9a-f]{32}\b", b"sk-"),
    _key("google_api_key", rb"\bAIza[A-Za-z0-9_\-]{35}", b"AIza"),
    _key("google_oauth_secret", rb"\bGOCSPX-[A-Za-z0-9_\-]{28}|\bya29\.[A-Za-z0-9_\-]{20,}", b"GOCSPX-", b"ya29."),
    _key("gcp_service_account", rb'"type"[ \t\r\n]{0,4}:[ \t\r\n]{0,4}"service_account"', b"service_account"),
    _key("slack_token", rb"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}", b"xox", b"xapp-"),
    _key("slack_webhook", rb"\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,}", b"hooks.slack"),
    _key("stripe_key", rb"\b(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,}\b|\bwhsec_[A-Za-z0-9+/=]{24,}", b"k_", b"whsec_"),
    _key("jwt", rb"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}", b"eyJ", check=jwt,
         basis="a header with an algorithm"),
    Shape("private_key", rb"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----",
          (Rule("private_key", "a PEM or PGP block", 0.99, 0.99),), (b"PRIVATE KEY",), to_its_end),
    _key("private_key", rb"\bPuTTY-User-Key-File-[23]:|\bAGE-SECRET-KEY-1[0-9A-Z]{58}", b"PuTTY-User", b"AGE-SECRET"),
    _key("npm_token", rb"\bnpm_[A-Za-z0-9]{36}\b", b"npm_"),
    _key("pypi_token", rb"\bpypi-AgE[A-Za-z0-9_\-]{50,}", b"pypi-AgE"),
    _key("sendgrid_key", rb"\bSG\.[A-Za-z0-9_\-]{20,24}\.[A-Za-z0-9_\-]{39,50}", b"SG."),
    _key("twilio_key", rb"\bSK[0-9a-f]{32}\b", b"SK"),
    _key("huggingface_token", rb"\b(?:hf|api_org)_[A-Za-z0-9]{34,}\b", b"hf_", b"api_org_"),
    _key("groq_key", rb"\bgsk_[A-Za-z0-9]{40,}\b", b"gsk_"),
    _key("xai_key", rb"\bxai-[A-Za-z0-9]{60,}\b", b"xai-"),
    _key("perplexity_key", rb"\bpplx-[A-Za-z0-9]{40,}\b", b"pplx-"),
    _key("replicate_token", rb"\br8_[A-Za-z0-9]{37,}\b", b"r8_"),
    _key("databricks_token", rb"\bdapi[0-9a-f]{32}(?:-\d)?\b", b"dapi"),
    _key("digitalocean_token", rb"\bdo[opr]_v1_[0-9a-f]{64}\b", b"_v1_"),
    _key("shopify_token", rb"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b", b"shp"),
    _key("vault_token", rb"\bhv[sb]\.[A-Za-z0-9_\-]{24,}", b"hvs.", b"hvb."),
    _key("docker_token", rb"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{27,}", b"dckr_"),
    _key("notion_token", rb"\bntn_[A-Za-z0-9]{43,}\b|\bsecret_[A-Za-z0-9]{43}\b", b"ntn_", b"secret_"),
    _key("linear_key", rb"\blin_(?:api|oauth)_[A-Za-z0-9]{40,}\b", b"lin_"),
    _key("grafana_token", rb"\bgl(?:sa|c)_[A-Za-z0-9+/=_]{32,}", b"gl"),
    _key("postman_key", rb"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b", b"PMAK-"),
    _key("telegram_token", rb"\b\d{8,10}:AA[A-Za-z0-9_\-]{33}", b":AA"),
    _key("airtable_token", rb"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b", b"pat"),
    _key("atlassian_token", rb"\bATATT3[A-Za-z0-9_\-=]{100,}", b"ATATT3"),
)  # fmt: skip

"""Secrets that are known by what stands around them: assignments, connection strings, headers, hashes, manifests.

Kinds of password hash: https://hashcat.net/wiki/doku.php?id=example_hashes; Azure's connection string:
https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string; its shared access signature:
https://learn.microsoft.com/rest/api/storageservices/create-service-sas; Secret:
https://kubernetes.io/docs/concepts/configuration/secret/ (from memory).
"""

# ruff: noqa: E501 - an expression or a sentence reads best on one line

import re
from base64 import b64decode
from binascii import Error as NotBase64

from services.labelling.detect import examples
from services.labelling.detect.finding import Fit, Rule, Shape

_NAME = (
    rb"(?:pass(?:word|wd|phrase|code)?|pwd|pw|kata ?sandi|kata ?laluan|sandi|senha|contrasena|clave|mot de passe|mdp"
    rb"|passwort|kennwort|wachtwoord|parola|mat khau)"
)
# Not in an expression that ignores case: RE2 would fold bytes of UTF-8 as Latin-1.
_OTHER_NAME = "(?:contraseña|Contraseña|hasło|Hasło|mật khẩu|Mật khẩu|รหัสผ่าน|密码|密碼|パスワード)".encode()
_SIGN = (
    rb"[\"']?[ \t\r\n]{0,3}(?::=|=>|=|:| is | adalah | ialah | ist | est | es | la | to |\xef\xbc\x9a)[ \t\r\n]{0,3}"
)
_VALUE = rb"(?:\"[^\"\n]{4,80}\"|'[^'\n]{4,80}'|[^ \t\r\n\"'<>]{4,80})"
_SECRET_NAME = rb"(?:api[_\-]?key|apikey|secret[_\-]?key|client[_\-]?secret|access[_\-]?key|auth[_\-]?token|access[_\-]?token|account[_\-]?key|secret|token|private[_\-]?key)"
_NOT_A_VALUE = re.compile(
    r"\$[{(\w]|%\w+%|\{\{|<|\*{3}|x{3,}$|\.{3}|env\b|process\.|os\.|config\.|self\.|settings\.|getenv|input\(|none\b|null\b"
    r"|nil\b|undefined\b|true\b|false\b|string\b|str\b|required\b|optional\b|text\b|varchar|prompt\b|hidden\b"
    r"|encrypted\b|protected\b|redacted|reset\b|change\b|forgot|your|example|placeholder|changeme\b|\[|\(|must\b"
    r"|should\b|is\b|are\b|was\b|the\b|and\b|or\b|field\b|policy\b|policies\b|manager\b|not\b|will\b|has\b|can\b"
    r"|expired\b|incorrect\b|wrong\b|yes\b|no\b|n/a",
    re.IGNORECASE,
)
_ENDING = ".,;:!?)\"'\u201d\u2019]}>"
_ASSIGNED = re.compile(r"(?s)(.*?)[\"']?\s*(:=|=>|=|:| is | adalah | ialah | ist | est | es | la | to |\uff1a)\s*(.*)")
_DATA = re.compile(
    r"(?<!\w)[\"']?(?:stringData|data)[\"']?:[ \t]*\{?[ \t]*(?:\n?[ \t]+[\"']?[\w.\-]+[\"']?:[ \t]*\S[^\n]*)+"
)
_MANIFEST = 2048
_LONGEST_NAME = 30
_ADDRESS_ENDS = re.compile(r"[\s\"'<>]")
_SHORTEST, _SHORTEST_SECRET = 4, 16
_FEWEST_KINDS = 2


def assigned(value: str) -> Fit:
    """Whether what stands behind the sign is a value: no variable, no blank to fill in, no word of a sentence."""
    parts = _ASSIGNED.fullmatch(value)
    if parts is None:
        return Fit.NO
    sign, told = parts.group(2), parts.group(3)
    quoted = told[:1] in {'"', "'", "`", "“"}
    bare = told.strip("\"'`“” ").rstrip(_ENDING)
    if len(bare) < _SHORTEST or _NOT_A_VALUE.match(bare) or len(set(bare)) == 1:
        return Fit.NO
    return Fit.YES if quoted or sign.strip() in {"=", "=>", ":="} or _mixed(bare) else Fit.NO


def assigned_secret(value: str) -> Fit:
    """As `assigned`, for names that ordinary code gives to other things too: the value must look random."""
    parts = _ASSIGNED.fullmatch(value)
    told = parts.group(3).strip("\"'`“” ").rstrip(_ENDING) if parts else ""
    random = len(told) >= _SHORTEST_SECRET and len(set(told)) >= _SHORTEST_SECRET // 2 and _mixed(told)
    return Fit.YES if random and _NOT_A_VALUE.match(told) is None and not examples.token(told) else Fit.NO


def _mixed(word: str) -> bool:
    """Whether it is no plain word: letters with digits or signs among them."""
    kinds = (any(map(str.islower, word)), any(map(str.isupper, word[1:])), any(map(str.isdigit, word)),
             any(not each.isalnum() and each not in "-'." for each in word))  # fmt: skip
    return sum(kinds) >= _FEWEST_KINDS


def basic(value: str) -> Fit:
    """Whether it decodes to a name and a password (RFC 7617)."""
    told = value.rpartition(" ")[2]
    try:
        return Fit.YES if b":" in b64decode(told + "=" * (-len(told) % 4)) else Fit.NO
    except NotBase64:
        return Fit.NO


def connects(value: str) -> Fit:
    """Whether a password stands in it, not a blank for one."""
    told = re.search(
        r"://[^:@/\s]*:([^@\s]+)@|(?:password|pwd|accountkey|sharedaccesskey)=([^;&\s\"']+)", value, re.IGNORECASE
    )
    return Fit.NO if told is None or _NOT_A_VALUE.match(told.group(1) or told.group(2)) else Fit.YES


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The match without the stop, quote or bracket that closes what it stands in."""
    while end > start and text[end - 1] in _ENDING:
        end -= 1
    return start, end


def address(text: str, start: int, end: int) -> tuple[int, int]:
    """From the scheme to where the address ends; the match is what stands from `://` to the host."""
    while start and (text[start - 1].isalnum() or text[start - 1] in "+.-"):
        start -= 1
    ending = _ADDRESS_ENDS.search(text, end)
    return trimmed(text, start, ending.start() if ending else len(text))


def named(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The match with the whole name (`DB_PASSWORD`); refused where a word merely ends like one (`compass`)."""
    first = start
    while first and start - first < _LONGEST_NAME and (text[first - 1].isalnum() or text[first - 1] in "_-."):
        first -= 1
    joined = first == start or not text[start - 1].isalnum() or (text[start].isupper() and text[start - 1].islower())
    return trimmed(text, first, end) if joined else None


def manifest(text: str, start: int, end: int) -> tuple[int, int] | None:
    """From a Secret's kind to the end of its data; None where none is given."""
    data = _DATA.search(text, end, end + _MANIFEST)
    if data is None or "---" in text[end : data.start()]:
        data = _DATA.search(text, max(0, start - _MANIFEST), start)
        return None if data is None or "---" in text[data.end() : start] else (data.start(), end)
    return start, data.end()


def _rule(kind: str, basis: str, confidence: float, check: object = None) -> tuple[Rule, ...]:
    rule = Rule(kind, basis, confidence, confidence)
    return (rule._replace(check=check) if callable(check) else rule,)


SHAPES = (
    Shape("password", rb"(?i)" + _NAME + rb"\w{0,12}" + _SIGN + _VALUE,
          _rule("password_assignment", "a value given to a password", 0.9, assigned), edges=named,
          opening=rb"(?i)" + _NAME),
    Shape("password otherwise", _OTHER_NAME + _SIGN + _VALUE,
          _rule("password_assignment", "a value given to a password", 0.9, assigned), edges=trimmed),
    Shape("secret", rb"(?i)" + _SECRET_NAME + rb"\w{0,12}[\"']?[ \t\r\n]{0,3}(?::=|=>|=|:)[ \t\r\n]{0,3}[\"']?[A-Za-z0-9_\-/+.=~]{16,}",
          _rule("secret_assignment", "a random value given to a secret's name", 0.85, assigned_secret), edges=named,
          opening=rb"(?i)" + _SECRET_NAME),
    Shape("connection", rb"://[^ \t\r\n:@/\"'<>]*:[^ \t\r\n@/\"'<>]+@[A-Za-z0-9.\-\[]",
          _rule("connection_string", "a password in an address", 0.97, connects), (b"://",), address),
    Shape("jdbc", rb"(?i)\bjdbc:[a-z0-9:]{2,40}//[^ \t\r\n\"'<>]{1,200}(?:password|pwd)=[^ \t\r\n\"'<>&;]{1,80}",
          _rule("connection_string", "a password in an address", 0.97, connects), (b"jdbc:",), trimmed, rb"(?i)\bjdbc:"),
    Shape("ado", rb"(?i)\b(?:server|data source|host|addr)[ \t\r\n]{0,2}=[^\n\"']{1,200};[ \t\r\n]{0,3}(?:password|pwd)[ \t\r\n]{0,2}=[^; \t\r\n\"'<>]{1,80}",
          _rule("connection_string", "a password among settings", 0.97, connects), (b"password", b"pwd"), trimmed),
    Shape("azure storage", rb"(?i)\bDefaultEndpointsProtocol=https?;AccountName=[^; \t\r\n]{1,60};AccountKey=[A-Za-z0-9+/=]{40,100}",
          _rule("azure_key", "a storage account's connection string", 0.98), (b"accountkey",)),
    Shape("azure bus", rb"(?i)\bEndpoint=sb://[^; \t\r\n]{1,120};SharedAccessKeyName=[^; \t\r\n]{1,60};SharedAccessKey=[A-Za-z0-9+/=]{40,60}",
          _rule("azure_key", "a service bus's connection string", 0.98), (b"sharedaccesskey",)),
    Shape("azure key", rb"[A-Za-z0-9+/]{76}(?:ACDb|AzCa|AIoT|ACRC|APIM|AStA|ASt[A-Za-z0-9+/])[A-Za-z0-9+/]{4,6}={0,2}",
          _rule("azure_key", "the signature Azure puts into its keys", 0.9), (b"ACDb", b"ASt", b"AzCa", b"AIoT", b"ACRC", b"APIM")),
    Shape("azure sas", rb"\bs[vr]=[^ \t\r\n\"'<>]+&sig=[A-Za-z0-9%+/]{40,}=?",
          _rule("azure_sas", "a signed address", 0.95), (b"sig=",)),
    Shape("basic", rb"(?i)\bbasic [A-Za-z0-9+/]{12,}={0,2}", _rule("basic_auth", "a name and password in base64", 0.95, basic),
          (b"basic ",)),
    Shape("bearer", rb"(?i)\bbearer [A-Za-z0-9_\-.~+/]{24,}",
          (Rule("bearer_token", "a token in a header", 0.85, 0.85, example=examples.token),), (b"bearer ",)),
    Shape("hash", rb"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v=\d+\$[^ \t\r\n\"']{20,}|\$(?:1|5|6|apr1|y|sha1)\$[./A-Za-z0-9=$]{20,140}",
          _rule("password_hash", "a crypt hash", 0.97), (b"$",)),
    Shape("hash of a framework", rb"\b(?:pbkdf2_sha(?:1|256|512)\$\d+\$|scrypt:\d+:\d+:\d+\$)[^ \t\r\n\"']{20,}|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{28,120}",
          _rule("password_hash", "a framework's or directory's hash", 0.97), (b"pbkdf2_", b"scrypt:", b"SHA")),
    Shape("kubernetes", rb"\bkind[\"']?:[ \t]{0,4}[\"']?Secret\b",
          _rule("k8s_secret", "a Secret's data", 0.95), (b"Secret",), manifest),
)  # fmt: skip

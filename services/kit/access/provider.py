"""The identity provider over HTTP: what it says of itself, its keys, its tokens. All through the egress rules.

Discovery: https://openid.net/specs/openid-connect-discovery-1_0.html. Authlib's own client for httpx is deprecated in
1.9 and would go around `kit.egress`, so only its parts without a transport are used.
"""

import asyncio
import email.utils
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from joserfc import jwk
from joserfc.errors import JoseError

from services.kit import egress, identity, secrets
from services.kit.access import idtoken
from services.kit.access.idtoken import Claims, Expected, Refused
from services.kit.clock import Clock
from services.kit.errors import Misconfigured, Transient
from services.kit.settings import Settings

log = structlog.get_logger(__name__)
SECONDS = 10.0
LARGEST = 1 << 20
FRESH = timedelta(hours=1)
KEYS_AGAIN = timedelta(seconds=10)
"""Tokens with made-up key ids must not make us ask the provider each time."""
OK, SERVER = 200, 500
T = TypeVar("T")


class ProviderDown(Transient):
    """The provider does not answer, or answers what can't be used; the message says which, never a secret."""


class Metadata(msgspec.Struct, frozen=True):
    """What the provider says of itself; only what is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    """The answer to a code."""

    id_token: str
    access_token: str | None = None


class Published(msgspec.Struct, frozen=True):
    """What the provider publishes now: its description, how many keys can be read, how far its clock is ahead."""

    metadata: Metadata
    keys: int
    ahead: timedelta | None


class Provider:
    """One provider. It is asked for nothing before somebody signs in, so it may be down when the service starts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        if settings.oidc_issuer is None or settings.oidc_client_id is None:
            raise Misconfigured("PENUMBRA_OIDC_ISSUER: no identity provider is configured")
        self.issuer, self.client_id = settings.oidc_issuer, settings.oidc_client_id
        self._settings = settings
        self._clock = clock
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, list[jwk.Key]] | None = None
        self._dated: datetime | None = None

    async def metadata(self) -> Metadata:
        """What it says of itself, asked again each hour; the last answer serves while it is down."""
        now = self._clock.now()
        if self._metadata is None or now - self._metadata[0] > FRESH:
            try:
                content = await self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                self._metadata = (now, self._checked(content))
            except ProviderDown as down:
                if self._metadata is None:
                    raise
                log.warning("the identity provider does not answer; its last description serves", fault=str(down))
        return self._metadata[1]

    async def published(self) -> Published:
        """Asks for description and keys anew; raises ProviderDown. For those who look whether it is fit."""
        self._metadata = None
        metadata = await self.metadata()
        keys = await self._fetched_keys()
        ahead = self._dated - self._clock.now() if self._dated is not None else None
        return Published(metadata, len(keys), ahead)

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """A code for tokens; raises Refused where the provider refuses the code, else ProviderDown."""
        metadata = await self.metadata()
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier
        )  # fmt: skip
        headers = {"content-type": "application/x-www-form-urlencoded"}
        secret = self._settings.oidc_client_secret
        if secret is None:
            body += f"&client_id={quote(self.client_id, safe='')}"
        else:
            user, word = quote(self.client_id, safe=""), quote(secrets.resolve(secret.get_secret_value()), safe="")
            if _prefers_body(metadata):
                body += f"&client_id={user}&client_secret={word}"
            else:  # both parts are form-encoded first: RFC 6749 §2.3.1
                headers["authorization"] = httpx.BasicAuth(user, word)._auth_header  # noqa: SLF001 - no public name
        content = await self._ask("POST", metadata.token_endpoint, content=body, headers=headers)
        return _decoded(content, Tokens, "token endpoint")

    async def claims(self, tokens: Tokens, nonce: str) -> Claims:
        """What the ID token says, verified; raises Refused or ProviderDown."""
        expected = self.expected(nonce, tokens.access_token)
        key = await self.key(tokens.id_token)
        return idtoken.verified(tokens.id_token, key, expected, self._clock.now())

    def expected(self, nonce: str = "", access_token: str | None = None) -> Expected:
        """What a token for us must say."""
        return Expected(self.issuer, self.client_id, self._settings.oidc_skew_seconds, nonce, access_token)

    async def userinfo(self, tokens: Tokens, subject: str) -> Claims:
        """What the userinfo endpoint adds; nothing where there is none. Raises Refused where it tells of another."""
        metadata = await self.metadata()
        if metadata.userinfo_endpoint is None or tokens.access_token is None:
            return {}
        headers = {"authorization": f"Bearer {tokens.access_token}", "accept": "application/json"}
        content = await self._ask("GET", metadata.userinfo_endpoint, headers=headers)
        found = _decoded(content, dict[str, Any], "userinfo endpoint")
        if found.get("sub") != subject:
            raise Refused("the userinfo endpoint tells of somebody else")
        return found

    async def key(self, token: str) -> jwk.Key:
        """The key that a token must have been signed with: keys are fetched again when it names one we don't know."""
        algorithm, key_id = idtoken.header(token)
        now = self._clock.now()
        if self._keys is None or now - self._keys[0] > FRESH:
            self._keys = (now, await self._fetched_keys())
        found = idtoken.fitting(self._keys[1], algorithm, key_id)
        if found is None and now - self._keys[0] >= KEYS_AGAIN:
            self._keys = (now, await self._fetched_keys())
            found = idtoken.fitting(self._keys[1], algorithm, key_id)
        if found is None:
            raise Refused("the token is signed with a key the provider does not publish")
        return found

    async def _fetched_keys(self) -> list[jwk.Key]:
        content = await self._ask("GET", (await self.metadata()).jwks_uri)
        given = _decoded(content, dict[str, Any], "key set").get("keys")
        keys = []
        for one in given if isinstance(given, list) else ():
            try:
                keys.append(jwk.import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                log.warning("a key of the identity provider can't be read and is left out")
        return keys

    def _checked(self, content: bytes) -> Metadata:
        """The description, whose issuer must be the configured one to the letter and whose endpoints are safe."""
        found = _decoded(content, Metadata, "description")
        if found.issuer != self.issuer:
            called = f"it calls itself {found.issuer[:200]!r} and not {self.issuer!r}"
            raise ProviderDown(f"{called}; set PENUMBRA_OIDC_ISSUER to what it is")
        for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            address = httpx.URL(endpoint)
            if address.scheme != "https" and not identity.is_loopback(address.host):
                raise ProviderDown(f"its endpoint at {address.host!r} is not https")
        return found

    async def _ask(self, method: str, url: str, **given: Any) -> bytes:
        """One request, read up to a bound. 4xx of the token endpoint is a refusal, all else that is not 200 is down."""
        try:
            async with (
                asyncio.timeout(SECONDS),
                egress.client(self._settings, read_seconds=SECONDS) as client,
                client.stream(method, url, **given) as answer,
            ):
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        raise ProviderDown("its answer is too long")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderDown(f"it does not answer ({type(error).__name__})") from None
        except egress.EgressRefused as refusal:
            raise ProviderDown(str(refusal)) from None
        self._dated = _date(answer.headers.get("date"))
        if answer.status_code != OK:
            if method == "POST" and answer.status_code < SERVER:
                raise Refused(f"the provider refused the code ({answer.status_code} {_code(bytes(body))})")
            raise ProviderDown(f"it answered {answer.status_code}")
        return bytes(body)


def _date(header: str | None) -> datetime | None:
    """An answer's `Date` (RFC 9110 §6.6.1); None where there is none that can be read."""
    try:
        return email.utils.parsedate_to_datetime(header or "").astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _prefers_body(metadata: Metadata) -> bool:
    known = metadata.token_endpoint_auth_methods_supported
    return "client_secret_basic" not in known and "client_secret_post" in known


def _decoded(content: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProviderDown(f"its {what} can't be read") from None


def _code(body: bytes) -> str:
    """The error code of an OAuth answer (RFC 6749 §5.2): a word of its own, so safe to show."""
    try:
        code = msgspec.json.decode(body).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError):
        return ""
    return code[:60] if isinstance(code, str) and code.replace("_", "").isalnum() else ""

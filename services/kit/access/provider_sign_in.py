"""Signing in and out through the identity provider: code flow with PKCE (S256), then a session of our own.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 7636, RFC 9207 (the issuer in the answer),
https://openid.net/specs/openid-connect-rpinitiated-1_0.html, https://openid.net/specs/openid-connect-backchannel-1_0.html.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import text

from services.kit.access import attempt, idtoken
from services.kit.access.attempt import Attempt
from services.kit.access.idtoken import Claims, Refused
from services.kit.access.provider import Provider, ProviderDown
from services.kit.access.sessions import Ended, Identified, Sessions
from services.kit.errors import Misconfigured, NotAllowed
from services.kit.runtime import Runtime

log = structlog.get_logger(__name__)
CALLBACK, SIGNED_OUT = "/login/callback", "/signed-out"
MOST_GROUPS = 2000
LONGEST_CODE = 60
KEPT = timedelta(seconds=2 * idtoken.LOGOUT_AGE)
"""How long a logout token's id is remembered: longer than one is taken."""
SEEN = text("""
    insert into control.logout_seen (issuer, jti, expires_at) values (:issuer, :jti, :until)
    on conflict do nothing returning jti""")
FORGET = text("delete from control.logout_seen where expires_at < :now")


class NoRole(NotAllowed):
    """The provider vouches for somebody who has no role here."""


class ProviderSignIn:
    """The flows with one provider; `name` is what pages call it."""

    def __init__(self, runtime: Runtime, provider: Provider, sessions: Sessions) -> None:
        settings = runtime.settings
        self.name = settings.oidc_name
        self._public = (settings.public_url or "").rstrip("/")
        self._runtime = runtime
        self._provider = provider
        self._sessions = sessions

    async def begin(self, way: str | None) -> tuple[str, Attempt]:
        """The provider's address to send a browser to, and the attempt to keep in its cookie; raises ProviderDown."""
        made = attempt.begun(way)
        metadata = await self._provider.metadata()
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint, self._provider.client_id, "code",
            redirect_uri=self._public + CALLBACK, scope=list(self._runtime.settings.oidc_scopes), state=made.state,
            nonce=made.nonce, code_challenge=create_s256_code_challenge(made.verifier), code_challenge_method="S256",
        )  # fmt: skip
        return address, made

    async def finish(self, made: Attempt | None, answer: Mapping[str, str]) -> str:
        """A new session's reference for the provider's answer; raises Refused, NoRole or ProviderDown."""
        if made is None or not made.answers(answer.get("state")):
            raise Refused("this answer belongs to no sign-in begun in this browser, or to one that is over")
        await self._same_issuer(answer.get("iss"))
        if "error" in answer or not answer.get("code"):
            raise Refused(f"the provider answered: {_word(answer.get('error'))}")
        tokens = await self._provider.exchange(answer["code"], made.verifier, self._public + CALLBACK)
        claims = await self._provider.claims(tokens, made.nonce)
        settings = self._runtime.settings
        groups = idtoken.listed(claims, settings.oidc_groups_claim)
        if groups is None or claims.get(settings.oidc_user_claim) is None:
            claims = {**await self._provider.userinfo(tokens, claims["sub"]), **claims}
            groups = idtoken.listed(claims, settings.oidc_groups_claim)
        sealed = self._runtime.keys.seal(tokens.id_token.encode())
        return await self._sessions.begin(self._known(claims, groups or (), sealed))

    def _known(self, claims: Claims, groups: tuple[str, ...], sealed: str) -> Identified:
        role_map = self._sessions.rules.role_map
        name = idtoken.name(claims, self._runtime.settings.oidc_user_claim)
        if role_map is None or not role_map.roles(groups):
            log.warning("signed in at the provider, but has no role here", person=name, groups=len(groups))
            raise NoRole(
                f"You are signed in as {name}, but none of your {len(groups)} groups has a role here. Ask whoever runs "
                "Penumbra to add one of them to the role map."
            )
        session = claims.get("sid")
        # All groups are kept, not only those the map knows today: a changed map acts without a new sign-in.
        return Identified(
            self._provider.issuer, claims["sub"], name, groups[:MOST_GROUPS],
            session if isinstance(session, str) else None, sealed,
        )  # fmt: skip

    async def _same_issuer(self, named: str | None) -> None:
        """The issuer in the answer keeps a second provider from being mixed in (RFC 9207 §2.4)."""
        promised = (await self._provider.metadata()).authorization_response_iss_parameter_supported
        if (promised or named is not None) and named != self._provider.issuer:
            raise Refused("the answer comes from another issuer")

    async def leave(self, ended: Ended) -> str | None:
        """The provider's address that ends its own session too; None where it has none, or does not answer."""
        if ended.issuer != self._provider.issuer or ended.id_token is None:
            return None
        try:
            endpoint = (await self._provider.metadata()).end_session_endpoint
        except (ProviderDown, Misconfigured):  # signing out here succeeds whatever becomes of the provider
            log.warning("the identity provider does not answer; its own session goes on")
            return None
        if endpoint is None:
            return None
        given = {
            "id_token_hint": self._runtime.keys.open(ended.id_token).decode(), "client_id": self._provider.client_id,
            "post_logout_redirect_uri": self._public + SIGNED_OUT,
        }  # fmt: skip
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"

    async def logged_out(self, token: str) -> int:
        """Ends what a back-channel logout token names, and returns how many sessions; raises Refused, ProviderDown."""
        key = await self._provider.key(token)
        now = self._runtime.clock.now()
        claims = idtoken.logout(token, key, self._provider.expected(), now)
        until = now + KEPT
        given: dict[str, Any] = {"issuer": self._provider.issuer, "jti": claims["jti"], "until": until}
        async with self._runtime.engine.begin() as connection:
            await connection.execute(FORGET, {"now": now})
            if (await connection.execute(SEEN, given)).first() is None:
                raise Refused("that logout token was used before")
        person, session = claims.get("sub"), claims.get("sid")
        return await self._sessions.revoke_provided(self._provider.issuer, person, session)


def _word(code: str | None) -> str:
    """An error code of RFC 6749 §4.1.2.1 as it is, anything else as unknown: the text comes from an address."""
    known = code is not None and len(code) <= LONGEST_CODE and code.replace("_", "").isalnum() and code.isascii()
    return str(code) if known else "something that is no error code"

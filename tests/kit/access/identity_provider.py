"""A small identity provider that keeps to OpenID Connect, over real HTTP on loopback; it can be told not to.

It signs with RS256, hands out codes once, checks PKCE, client and redirect address, and logs people out.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

import uvicorn
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.kit.clock import Clock

CLIENT, SECRET = "penumbra", "s3cret/with:signs"
LASTS = 300


class IdentityProvider:
    """The provider. `person` are the claims of whoever signs in next; the rest says how to misbehave."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.issuer = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.reset()

    def reset(self) -> None:
        """Behaves again."""
        self.keys = [key("first")]
        self.person: dict[str, Any] = {"sub": "u-1", "preferred_username": "ines.example", "groups": ["sec-ops"]}
        self.userinfo: dict[str, Any] | None = None
        self.claims: Mapping[str, Any] = {}
        self.header: Mapping[str, Any] = {}
        self.signed_by: jwk.RSAKey | None = None
        self.description: Mapping[str, Any] = {}
        self.answer: Mapping[str, str] = {}
        self.down = False
        self.asked: list[str] = []
        self.codes: dict[str, Mapping[str, str]] = {}

    def rotate(self) -> None:
        """Signs with a new key from now on; the old one is published no more."""
        self.keys = [key("second")]

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token of these claims, with what `claims` and `header` change; None takes one out."""
        header = {"alg": "RS256", "kid": self.keys[0].kid, **self.header}
        told = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        if header["alg"] == "none":
            return ".".join(_letters(part) for part in (_json(header), _json(told))) + "."
        if header["alg"] == "HS256":
            # by hand: no library lets a public key be taken for a shared secret, which is the point of this forgery
            content = ".".join(_letters(part) for part in (_json(header), _json(told)))
            public = self.keys[0].as_pem(private=False)
            return f"{content}.{_letters(hmac.digest(public, content.encode(), 'sha256'))}"
        return jwt.encode(header, told, self.signed_by or self.keys[0], algorithms=[header["alg"]])

    def logout_token(self, **claims: Any) -> str:
        """A back-channel logout token for whoever `claims` name."""
        now = int(self.clock.now().timestamp())
        event = {"http://schemas.openid.net/event/backchannel-logout": {}}
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
        return self.signed({**told, "events": event, **claims})

    def app(self) -> Starlette:
        """Its routes."""
        routes = {
            "/.well-known/openid-configuration": self._description, "/jwks": self._jwks, "/authorize": self._authorize,
            "/userinfo": self._userinfo,
        }  # fmt: skip
        made = [Route(path, self._while_up(route)) for path, route in routes.items()]
        return Starlette(routes=[*made, Route("/token", self._while_up(self._token), methods=["POST"])])

    async def serve(self, stop: asyncio.Event) -> None:
        """Serves until `stop`."""
        config = uvicorn.Config(self.app(), log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server._serve(sockets=[self._socket]))
        await stop.wait()
        server.should_exit = True
        await running

    def _while_up(self, route: Any) -> Any:
        async def answered(request: Request) -> Response:
            self.asked.append(request.url.path)
            return Response("maintenance", 503) if self.down else await route(request)

        return answered

    async def _description(self, _: Request) -> Response:
        at = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks", "userinfo", "end")}
        told = {
            "issuer": self.issuer, "authorization_endpoint": at["authorize"], "token_endpoint": at["token"],
            "jwks_uri": at["jwks"], "userinfo_endpoint": at["userinfo"], "end_session_endpoint": at["end"],
            "authorization_response_iss_parameter_supported": True, "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip
        return JSONResponse({**told, **self.description})

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [{"kty": "never-heard-of"}, *(key.as_dict(private=False) for key in self.keys)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_hex(8)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer, **self.answer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(str(form.get("code")), None)
        challenge = _letters(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        if not _is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        known = asked is not None and asked["code_challenge"] == challenge
        if asked is None or not known or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(self.clock.now().timestamp())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + LASTS, "nonce": asked["nonce"]}
        token = self.signed({**told, "sid": "s-1", **self.person})
        return JSONResponse({"access_token": "at-1", "token_type": "Bearer", "id_token": token, "expires_in": LASTS})

    async def _userinfo(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer at-1":
            return Response(status_code=401)
        return JSONResponse(self.userinfo if self.userinfo is not None else {"sub": self.person["sub"]})


def _is_client(header: str) -> bool:
    user, _, word = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return (unquote(user), unquote(word)) == (CLIENT, SECRET)


@cache
def key(name: str) -> jwk.RSAKey:
    """A key, the same for the same name: making one takes time."""
    return jwk.RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _letters(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")

"""A Google access token: of a service account that acts for an administrator, or of an administrator who signed in.

`credentials` is a service account's key file, or what `gcloud auth application-default login` writes (type
authorized_user: client_id, client_secret, refresh_token). Errors:
https://developers.google.com/identity/protocols/oauth2/service-account#error-codes.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from connectors.base import Fetch, Trouble
from connectors.shared.google import assertion

LOGIN = "https://oauth2.googleapis.com/token"
_EARLY = timedelta(minutes=1)
_REFUSED = {"unauthorized_client", "access_denied", "admin_policy_enforced", "org_internal"}


class _Person(msgspec.Struct, frozen=True):
    """What is read of the file of somebody who signed in."""

    client_id: str
    client_secret: str
    refresh_token: str


class GoogleBearer:
    """The token of one run; `config` has credentials (a reference), subject and login_url."""

    def __init__(self, ctx: Fetch, *scopes: str) -> None:
        self._ctx, self._scopes = ctx, scopes
        self._url = ctx.config.login_url or LOGIN
        self._token, self._ends = "", datetime.min.replace(tzinfo=UTC)

    async def token(self, *, renew: bool = False) -> str:
        """The token in hand, or a new one where it ends or `renew` says so. Raises Trouble for a refusal."""
        if not renew and self._token and self._ctx.now() < self._ends:
            return self._token
        answer = await self._ctx.http.post(self._url, data=self._form(), accept=(400, 401, 403))
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise self._refused(str(body.get("error", ""))[:60] if isinstance(body, dict) else "")
        lasts = body.get("expires_in")
        seconds = int(lasts) if str(lasts).isdigit() else int(assertion.LASTS.total_seconds())
        self._token, self._ends = token, self._ctx.now() + timedelta(seconds=seconds) - _EARLY
        return token

    def _form(self) -> dict[str, str]:
        config = self._ctx.config
        given = self._ctx.secret(config.credentials)
        if person := _signed_in(given):
            return {
                "grant_type": "refresh_token", "client_id": person.client_id, "client_secret": person.client_secret,
                "refresh_token": person.refresh_token,
            }  # fmt: skip
        try:
            signed = assertion.signed(
                assertion.read(given), subject=config.subject, scopes=self._scopes, audience=LOGIN,
                now=self._ctx.now(),
            )  # fmt: skip
        except assertion.BadKey as fault:
            raise Trouble("failing", f"{config.credentials}: {fault}; make a new key") from None
        return {"grant_type": assertion.GRANT, "assertion": signed}

    def _refused(self, error: str) -> Trouble:
        """What a refused sign-in means for the operator."""
        subject, scopes = self._ctx.config.subject, ", ".join(self._scopes)
        if error in _REFUSED:
            return Trouble(
                "no_permission",
                f"the service account may not act for {subject} ({error}); grant its client id the scope "
                f"{scopes} under domain-wide delegation",
            )
        return Trouble("failing", f"sign-in refused ({error}); check the key, that {subject} exists, and the clock")


def _signed_in(given: str) -> _Person | None:
    """The file of a person who signed in; None for a service account's."""
    try:
        return msgspec.json.decode(given, type=_Person)
    except msgspec.DecodeError:
        return None

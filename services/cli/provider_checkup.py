"""What `penumbra doctor` asks of the identity provider: its description, its keys, its clock. Nobody is signed in."""

from datetime import timedelta
from typing import TYPE_CHECKING

from services.cli.doctor import Finding

if TYPE_CHECKING:
    from services.kit.access.provider import Published
    from services.kit.clock import Clock
    from services.kit.settings import Settings

NAME = "identity provider"


async def provider(settings: "Settings", clock: "Clock | None" = None) -> list[Finding]:
    """The provider, as a sign-in would find it; one finding a thing to mend."""
    from services.kit import secrets
    from services.kit.access.provider import Provider, ProviderDown
    from services.kit.clock import SystemClock
    from services.kit.errors import Misconfigured

    if settings.oidc_issuer is None:
        return [Finding(NAME, True, "none is set: one-time links sign people in, on loopback only")]
    found = []
    if settings.oidc_client_secret is not None:
        try:
            secrets.resolve(settings.oidc_client_secret.get_secret_value())
        except Misconfigured as fault:
            found.append(Finding(f"{NAME}'s secret", False, str(fault), ("Mend PENUMBRA_OIDC_CLIENT_SECRET.",)))
    try:
        published = await Provider(settings, clock or SystemClock()).published()
    except (Misconfigured, ProviderDown) as down:
        address = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        steps = (
            f"Open {address} from this machine: its issuer is PENUMBRA_OIDC_ISSUER to the letter.",
            "Has it a private address: PENUMBRA_ALLOW_PRIVATE. Is a proxy between: PENUMBRA_EGRESS_PROXY and _CA_FILE.",
        )
        return [*found, Finding(NAME, False, str(down), steps)]
    return [*found, *_keys(published), *_clock(published, timedelta(seconds=settings.oidc_skew_seconds))]


def _keys(published: "Published") -> list[Finding]:
    where = published.metadata.jwks_uri
    if not published.keys:
        steps = ("Nobody can sign in: ask those who run it to publish their signing keys.",)
        return [Finding(f"{NAME}'s keys", False, f"none that can be read at {where}", steps)]
    return [Finding(NAME, True, f"{published.metadata.issuer}, {published.keys} keys")]


def _clock(published: "Published", allowed: timedelta) -> list[Finding]:
    """Its clock by the answer's Date, which has whole seconds."""
    ahead = published.ahead
    if ahead is None:
        return []
    seconds = round(ahead.total_seconds())
    says = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    fit = abs(ahead) <= allowed + timedelta(seconds=1)
    steps = ("Set this machine's clock by NTP: its tokens are taken for expired, or for not valid yet.",)
    return [Finding(f"{NAME}'s clock", fit, says, () if fit else steps)]

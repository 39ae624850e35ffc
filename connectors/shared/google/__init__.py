"""Google's APIs for the sources that read them: the access token, and requests for the walks.

No source of its own. Sign-in: https://developers.google.com/identity/protocols/oauth2/service-account.
"""

from connectors.shared.google.bearer import LOGIN, GoogleBearer
from connectors.shared.google.signed import GoogleApi, listed, reason_of

__all__ = ["LOGIN", "GoogleApi", "GoogleBearer", "listed", "reason_of"]

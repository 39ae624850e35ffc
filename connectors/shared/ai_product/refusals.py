"""What an AI vendor's administration API means by a refusal, in the words of the permission it asks for."""

from collections.abc import Mapping

from connectors.base import Trouble


def refusals(*, key: str, permission: str, granted_in: str, absent: Trouble | None = None) -> Mapping[int, Trouble]:
    """The troubles of 401, 403 and 404. `key` is what the vendor calls the credential, `absent` what a 404 means."""
    told = {
        401: Trouble("failing", f"the {key} is not accepted; make a new one ({granted_in})"),
        403: Trouble("no_permission", f"the {key} lacks {permission}; grant it in {granted_in}"),
    }
    return told if absent is None else {**told, 404: absent}

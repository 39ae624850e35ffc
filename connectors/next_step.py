"""What a source's state means and what to do next: told apart, because each asks for something else. Pure.

The states are those of `schemas.alert.SourceHealth`; what to grant and which plan is needed is the connector's own.
"""

from typing import NamedTuple

from connectors.base import Connector


class NextStep(NamedTuple):
    """A state in a sentence, and the steps that mend it, in order; none where nothing is to be done."""

    meaning: str
    steps: tuple[str, ...] = ()


_TRY = "Try it again."


def next_step(state: str, connector: Connector | None, *, instance: str, watched: str | None = None) -> NextStep:
    """The meaning and the steps; `watched` is the folder of an instance that reads one."""
    if connector is None:
        return NextStep("Its connector is not installed here.", ("Install the package that brings it, or remove it.",))
    if connector.imported:
        return NextStep("It holds no events, so it is no source.", (f"Import it: {connector.imported}.", "Remove it."))
    steps = {
        "no_permission": ("The credential is accepted, but may not read this.", _grant(connector)),
        "not_licensed": ("The vendor's plan does not include it.", _license(connector)),
        "not_enabled": ("It may be read, but is not switched on at the vendor.", _switch_on(connector)),
        "empty": ("It answers, and has held nothing to report so far.", _empty(watched)),
        "silent": ("It had events and has none any more.", _silent(watched, connector)),
        "failing": ("It can't be read.", ("Mend what the message names.", _TRY)),
        "paused": ("It is not read until it is resumed.", ("Resume it: it goes on from where it stood.",)),
        "never_run": ("No reading of it has ended yet.", _first(connector, instance, watched)),
        "healthy": ("It is read as it should be.", ()),
    }
    return NextStep(*steps.get(state, ("", ())))


def needs(connector: Connector) -> tuple[str, ...]:
    """What an operator arranges before the first run: permissions, the plan, and where each is found."""
    plan = () if connector.plan in {"", "any"} else (f"Plan: {connector.plan}.",)
    return (*(f"Grant: {permission}." for permission in connector.permissions), *_where(connector), *plan)


def _where(connector: Connector) -> tuple[str, ...]:
    return (f"Where: {connector.granted_in}.",) if connector.granted_in else ()


def _grant(connector: Connector) -> tuple[str, ...]:
    return (*(f"Grant: {permission}." for permission in connector.permissions), *_where(connector), _TRY)


def _license(connector: Connector) -> tuple[str, ...]:
    named = connector.plan not in {"", "any"}
    plan = f"It takes: {connector.plan}." if named else "See the vendor's page for the plan."
    return plan, "Have the plan changed, or pause the source so that it raises no alert.", _TRY


def _switch_on(connector: Connector) -> tuple[str, ...]:
    plan = (f"It takes: {connector.plan}.",) if connector.plan not in {"", "any"} else ()
    return ("Switch it on where the message says; it may take hours to begin.", *plan, _TRY)


def _empty(watched: str | None) -> tuple[str, ...]:
    if watched is not None:
        return f"See whether files in {watched} match the pattern and are written to.", _TRY
    return (
        "See whether the account or tenant is the one in use, and whether anything happened in it.",
        "Back-fill a past day that is known to hold events.",
    )


def _silent(watched: str | None, connector: Connector) -> tuple[str, ...]:
    if watched is not None:
        return (f"See whether anything still writes to {watched}, and whether files are rotated elsewhere.",)
    if connector.fetch is None:
        return ("See whether the sender still runs and is answered with 2xx.",)
    return ("See whether the vendor still records events: an export or a log may have been switched off.", _TRY)


def _first(connector: Connector, instance: str, watched: str | None) -> tuple[str, ...]:
    if watched is None and connector.fetch is None:
        return (f"Send its records to POST /v1/push/{instance} of the ingest service, with a token that may push.",)
    return (
        "The first reading may take minutes: it goes at the pace the vendor allows.",
        "Where none was begun, see that an ingest service runs: penumbra up, or penumbra ingest.",
    )

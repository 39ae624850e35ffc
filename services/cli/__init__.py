"""The commands of INTERFACES.md: each file of this package adds its own, so there is no list to edit."""

import importlib
import os
import pkgutil
import sys

import typer

_OWN = frozenset({"checkup", "lag", "plain", "provider_checkup", "session", "source_report"})


def app() -> typer.Typer:
    """All commands; each module's `register` adds its own and imports what it needs only when it runs."""
    root = typer.Typer(
        name="penumbra", help="Find the AI an organisation uses without knowing it.", no_args_is_help=True,
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _OWN:
            importlib.import_module(f"{__name__}.{module.name}").register(root)
    return root


def main() -> None:
    """Runs a command: exit 0 done, 1 the answer is no, 2 wrong use or settings (every fault listed), 130 Ctrl-C."""
    from services.kit.errors import PenumbraError

    try:
        app()()
    except PenumbraError as error:
        for fault in getattr(error, "faults", None) or (str(error),):
            print(f"penumbra: {fault}", file=sys.stderr)  # noqa: T201 - this is the screen
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)

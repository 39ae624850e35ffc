"""The commands of INTERFACES.md: each file of this package adds its own, so there is no list to edit."""

import importlib
import os
import pkgutil
import sys

import typer

_OWN = frozenset(
    {"catalog_import", "checkup", "connector_new", "lag", "plain", "provider_checkup", "session", "source_report"}
)


def app(asked: str | None = None) -> typer.Typer:
    """All commands; each module's `register` adds its own and imports what it needs only when it runs.

    Where `asked` is the first word of a command line and a module is named so, its commands alone: registering all
    takes some 70 ms, a quarter of the time until `scan` begins to read.
    """
    root = typer.Typer(
        name="penumbra", help="Find the AI an organisation uses without knowing it.", no_args_is_help=True,
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name not in _OWN]
    if asked in names:
        names = [asked]
        root.callback()(_nothing)  # else an only command would need no name
    for name in names:
        importlib.import_module(f"{__name__}.{name}").register(root)
    return root


def _nothing() -> None: ...


def main() -> None:
    """Runs a command: exit 0 done, 1 the answer is no, 2 wrong use or settings (every fault listed), 130 Ctrl-C."""
    from services.kit.errors import PenumbraError

    try:
        app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except PenumbraError as error:
        for fault in getattr(error, "faults", None) or (str(error),):
            print(f"penumbra: {fault}", file=sys.stderr)  # noqa: T201 - this is the screen
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)

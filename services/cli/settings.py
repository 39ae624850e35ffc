"""`penumbra settings`: every setting with its value, where that comes from, and what it means."""

import json
import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from services.kit.settings import Settings

_MASK = "********"
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")


def register(root: typer.Typer) -> None:
    """Adds the command."""

    @root.command("settings")
    def show(
        as_json: bool = typer.Option(False, "--json", help="Print JSON."),
        as_markdown: bool = typer.Option(False, "--markdown", help="Print the table of names, defaults and meanings."),
    ) -> None:
        """Print all settings: name, value, origin (env, .env, default) and meaning; secrets are masked."""
        from services.cli.session import configured

        if as_markdown:
            typer.echo(markdown())
            return
        rows = rows_of(configured(starting=True))
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            typer.echo("\t".join((row["name"], row["value"] or "-", row["origin"], row["meaning"])))


def rows_of(settings: "Settings") -> list[dict[str, Any]]:
    """One row a setting, in the order they are declared."""
    from services.kit.slips import given

    environment, file = given()
    rows = []
    for field, about in type(settings).model_fields.items():
        name = f"PENUMBRA_{field.upper()}"
        origin = "env" if name in environment else ".env" if name in file else "default"
        value = shown(getattr(settings, field))
        rows.append({"name": name, "value": value, "origin": origin, "meaning": about.description or ""})
    return rows


def markdown() -> str:
    """The table of `deploy/settings.md`: what may be set, what holds where it is not, and what it means."""
    from services.kit.settings import Settings

    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for field, about in Settings.model_fields.items():
        # a default that is worked out differs from machine to machine
        value = "the platform's own place" if about.default_factory else shown(about.default)
        default = f"`{value}`" if value and not about.default_factory else value or "—"
        meaning = (about.description or "").replace("|", "\\|")
        lines.append(f"| `PENUMBRA_{field.upper()}` | {default} | {meaning} |")
    return "\n".join(lines)


def shown(value: Any) -> str | None:
    """A value as text; a secret, and who signs in within an address, as stars."""
    from pydantic import SecretStr

    if value is None:
        return None
    if isinstance(value, SecretStr):
        return _MASK
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return _USERINFO.sub(f"{_MASK}@", str(value))

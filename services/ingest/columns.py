"""The columns of a file, told apart once when its source is added, and remembered in the source's settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.base import Connector, Trouble, Unmapped
from connectors.records import SAMPLE, columns_of
from connectors.settings import checked
from services.ingest import files
from services.kit.errors import Misconfigured


def remembered(
    connector: Connector, given: Mapping[str, Any], *, sample: str | None, folder: str | None, pattern: str = "*"
) -> dict[str, Any]:
    """The settings with the mapping of a sample's columns, else of a file in the watched folder.

    What is given already stays. Raises Misconfigured where there is nothing to map by, or it can't be mapped.
    """
    if connector.propose is None:
        if sample is not None:
            raise Misconfigured(f"--sample: {connector.name} knows its columns; leave it out")
        return dict(given)
    settings, faults = checked(connector, given, pulled=False)
    if faults:
        return dict(given)
    path = Path(sample) if sample is not None else _in_folder(folder, pattern)
    if path is None:
        if settings.columns:
            return dict(given)
        raise Misconfigured(
            f"{connector.name}: its columns are not mapped; give --sample FILE, a --folder that has a file already, "
            "or --config 'columns=COLUMN=FIELD,…'"
        )
    try:
        return {**given, **connector.propose(_columns(path, connector), {"columns": settings.columns})}
    except Unmapped as fault:
        raise Misconfigured(f"{path}: {fault}") from None


def _in_folder(folder: str | None, pattern: str) -> Path | None:
    try:
        found = files.look(folder, pattern) if folder is not None else []
    except Trouble:
        return None
    return found[-1].path if found else None


def _columns(path: Path, connector: Connector) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            columns = columns_of(file.read(SAMPLE), connector)
    except OSError as error:
        raise Misconfigured(f"--sample {path}: {error.strerror}; give a file that can be read") from None
    if not columns:
        raise Misconfigured(f"{path}: has no row; give a file with a header and at least one row")
    return columns


def told(mapping: object) -> str:
    """A mapping as the command line takes it."""
    pairs = mapping.items() if isinstance(mapping, Mapping) else ()
    return ", ".join(f"{column}={field}" for column, field in pairs) or str(mapping)

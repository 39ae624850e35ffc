"""`penumbra parse`: native records in, one Observation a line out, without server or database."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from connectors.base import Connector
    from connectors.records import Broken, Tally

STANDARD_INPUT = "-"
_TOLD = 10
_WRITTEN_AT_ONCE = 512


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("parse")(parse)


def parse(
    source: str = typer.Argument(help="A connector's name (`penumbra connector list`), or auto."),
    files: list[str] = typer.Argument(None, help="Files; - or none is standard input. .gz, .zst, .bz2 as they are."),
    dead_letters: Path | None = typer.Option(
        None,
        "--dead-letters",
        help="Write records that can't be read here: place, reason, content sealed with the keys.",
    ),
    strict: bool = typer.Option(False, "--strict", help="Exit 1 where a record was rejected."),
    form: str | None = typer.Option(None, "--format", help="The source's own format setting, e.g. a Squid logformat."),
    settings: list[str] = typer.Option([], "--config", help="NAME=VALUE: a setting, e.g. columns=When=time."),
) -> None:
    """Turn native records into observations, one JSON a line; the last line on stderr is the tally."""
    from connectors.records import Tally

    with contextlib.ExitStack() as opened:
        inputs = _opened(files or [STANDARD_INPUT], opened)
        connector = _connector(source, inputs)
        config = _config(connector, form, settings)
        _tell_columns(connector, config, inputs)
        tally, letters = Tally(connector.name), _Letters(dead_letters, opened)
        try:
            _run(connector, config, inputs, tally, letters)
        except BrokenPipeError:  # the reader has gone: what was asked for is done
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _tell(tally)
    if strict and tally.rejected:
        raise typer.Exit(1)


def _opened(names: list[str], opened: contextlib.ExitStack) -> list[tuple[str, IO[bytes]]]:
    """Every input with its name; raises Misconfigured listing all that can't be opened."""
    from services.kit.errors import Misconfigured

    inputs: list[tuple[str, IO[bytes]]] = []
    faults = []
    for name in names:
        try:
            if name == STANDARD_INPUT:
                inputs.append((name, sys.stdin.buffer))
            else:
                inputs.append((name, opened.enter_context(Path(name).open("rb"))))  # noqa: SIM115 - the stack closes it
        except OSError as error:
            faults.append(f"{name}: {error.strerror}; give a file that can be read, or -")
    if faults:
        raise Misconfigured(*faults)
    return inputs


def _connector(source: str, inputs: list[tuple[str, IO[bytes]]]) -> "Connector":
    from connectors.base import discover, find
    from services.kit.errors import Misconfigured

    if source != "auto":
        found = find(source)
        if found is None:
            raise Misconfigured(f"SOURCE {source!r}: no such source; it is one of {', '.join(discover())}, or auto")
        return found
    names = {_recognised(name, file, inputs, place) for place, (name, file) in enumerate(list(inputs))}
    if len(names) > 1:
        raise Misconfigured(
            f"auto: the files come from several sources ({', '.join(sorted(names))}); give one at a time"
        )
    return discover()[names.pop()]


def _recognised(name: str, file: IO[bytes], inputs: list[tuple[str, IO[bytes]]], place: int) -> str:
    """The source a file comes from; what was read to find out stays in front of the rest."""
    from connectors.base import discover
    from connectors.records import RECOGNISED, SAMPLE, Replayed, recognise
    from services.kit.errors import Misconfigured

    head = file.read(SAMPLE)
    inputs[place] = (name, Replayed(head, file))  # type: ignore[assignment] # reads like a file, which is all that is asked
    ranked = recognise(head, discover())
    if not ranked or ranked[0][1] < RECOGNISED:
        nearest = ", ".join(f"{candidate} ({score})" for candidate, score in ranked[:3]) or "none"
        raise Misconfigured(f"{name}: not recognised; nearest: {nearest}. Name the source in place of auto")
    _say(f"{name}: recognised as {ranked[0][0]} ({ranked[0][1]})")
    return ranked[0][0]


def _config(connector: "Connector", form: str | None, settings: list[str]) -> Any:
    """The settings `parse` is given: the defaults, with what was named."""
    import msgspec

    from connectors.settings import checked
    from services.kit.errors import Misconfigured

    if settings:
        pairs = dict(one.partition("=")[::2] for one in (*settings, *([f"format={form}"] if form is not None else [])))
        made, faults = checked(connector, pairs, pulled=False)
        if faults:
            raise Misconfigured(*(f"--config {fault.field}: {fault.message}".replace(" :", ":") for fault in faults))
        return made
    given = {} if form is None else {"format": form}
    if form is not None and "format" not in getattr(connector.config, "__struct_fields__", ()):
        raise Misconfigured(f"--format: {connector.name} has one format only; leave it out")
    try:
        return msgspec.convert(given, connector.config)
    except msgspec.ValidationError as error:
        if form is not None:
            raise Misconfigured(f"--format: {error}") from None
        return None  # settings of a pull source (tenant, secret) that no record needs to be read


def _tell_columns(connector: "Connector", config: Any, inputs: list[tuple[str, IO[bytes]]]) -> None:
    """Of a source whose columns are mapped: says how each file's are; raises Misconfigured where they can't be."""
    from connectors.base import Unmapped
    from connectors.records import SAMPLE, Replayed, columns_of
    from services.kit.errors import Misconfigured

    for place, (name, file) in enumerate(list(inputs) if connector.propose is not None else []):
        head = file.read(SAMPLE)
        inputs[place] = (name, Replayed(head, file))  # type: ignore[assignment] # reads like a file, which is all that is asked
        columns = columns_of(head, connector)
        try:
            found = connector.propose(columns, {"columns": config.columns}) if columns and connector.propose else {}
        except Unmapped as fault:
            raise Misconfigured(f"{name}: {fault}") from None
        for mapping in found.values():
            _say(f"{name}: columns " + ", ".join(f"{column}={field}" for column, field in mapping.items()))


def _run(
    connector: "Connector", config: Any, inputs: list[tuple[str, IO[bytes]]], tally: "Tally", letters: "_Letters"
) -> None:
    lines: list[bytes] = []
    for line in _lines(connector, config, inputs, tally, letters):
        lines.append(line)
        if len(lines) >= _WRITTEN_AT_ONCE:
            sys.stdout.buffer.writelines(lines)
            lines.clear()
    sys.stdout.buffer.writelines(lines)
    sys.stdout.flush()


def _lines(
    connector: "Connector", config: Any, inputs: list[tuple[str, IO[bytes]]], tally: "Tally", letters: "_Letters"
) -> Iterator[bytes]:
    import msgspec

    from connectors.records import Broken, Observed, Occurrences, read
    from schemas.observation import Observation
    from services.kit.arrival import arrived

    encode = msgspec.json.Encoder().encode
    for name, file in inputs:
        occurrences = Occurrences()
        for outcome in read(file, connector, config, name, arrived(file)):
            tally.count(outcome)
            if isinstance(outcome, Broken):
                letters.write(connector.name, outcome)
                if tally.rejected <= _TOLD:
                    _say(f"rejected {outcome.position}: {outcome.reason}")
            elif isinstance(outcome, Observed):
                for item in outcome.items:
                    known = occurrences.identified(item) if isinstance(item, Observation) else item
                    yield encode(known) + b"\n"


class _Letters:
    """The file of dead letters; the keys are opened with the first one."""

    def __init__(self, path: Path | None, opened: contextlib.ExitStack) -> None:
        from services.kit.errors import Misconfigured

        self._keys: Any = None
        try:
            self._file = opened.enter_context(path.open("wb")) if path else None
        except OSError as error:
            raise Misconfigured(f"--dead-letters {path}: {error.strerror}; give a file that can be written") from None

    def write(self, origin: str, broken: "Broken") -> None:
        """One DeadLetter a line: a record that can't be read can't be minimised, so its content is sealed."""
        if self._file is None:
            return
        import hashlib

        import msgspec

        from schemas.deadletter import DeadLetter
        from services.kit.clock import SystemClock

        letter = DeadLetter(
            id=hashlib.sha256(broken.position.encode() + b"\0" + broken.raw).hexdigest()[:32],
            origin=origin,
            position=broken.position,
            reason=broken.reason,
            first_failed_at=SystemClock().now(),
            sealed=self._seal(broken.raw),
        )
        self._file.write(msgspec.json.encode(letter) + b"\n")

    def _seal(self, raw: bytes) -> str:
        from services.kit import keys, settings

        if self._keys is None:
            chosen = settings.load()
            self._keys = keys.load(chosen.keys, chosen.data)
        sealed: str = self._keys.seal(raw)
        return sealed


def _tell(tally: "Tally") -> None:
    import msgspec

    sys.stderr.write(msgspec.json.encode(tally).decode() + "\n")


def _say(message: str) -> None:
    sys.stderr.write("".join(sign if sign.isprintable() else "?" for sign in message) + "\n")

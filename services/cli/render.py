"""`penumbra render FORMAT`: alerts as records of another format, without server or database."""

import sys

import typer


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("render")(render)


def render(
    form: str = typer.Argument(metavar="FORMAT", help="ocsf, cef, cloudevents, penumbra …; `list` names all."),
) -> None:
    """Turn alerts, one JSON a line on standard input, into records of a format, one a line."""
    from services.inventory.formats import event, find, formats
    from services.kit.errors import Misconfigured

    if form == "list":
        for known in formats().values():
            typer.echo(f"{known.name}\t{known.title}\t{known.source}")
        return
    chosen = find(form)
    if chosen is None:
        raise Misconfigured(f"FORMAT {form!r}: there is none; it is one of {', '.join(formats())}")
    import msgspec

    from schemas.alert import Alert

    decode = msgspec.json.Decoder(Alert).decode
    faults = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            made = chosen.render(event(decode(line)))
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            faults += 1
            typer.echo(f"line {number}: not an alert: {fault}", err=True)
        else:
            sys.stdout.buffer.write(made.encode() + b"\n")
    sys.stdout.flush()
    if faults:
        raise typer.Exit(1)

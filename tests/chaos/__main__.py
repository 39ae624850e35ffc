"""`make chaos ROUNDS=n SEED=s`: kills random processes under load and holds what is found against the truth.

    python -m tests.chaos [--rounds N] [--seed S] [--log kafka|postgres|both] [--break SAFEGUARD [--aimed]]

A line a round and a table go to standard error, JSON to standard output. Ends with 0 where nothing was lost or double,
1 where something was; with `--break`, which switches a safeguard off, with 0 as soon as that is found and 1 where 20
rounds did not find it. Ctrl-C ends all it started (130).
"""

import argparse
import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Sequence

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.kafka_jars import install
from services.app import on_signals
from tests.chaos import report
from tests.chaos.house import LOGS
from tests.chaos.rounds import Round
from tests.chaos.run import Asked, playing
from tests.chaos.strikes import SAFEGUARDS

MOST_TO_FIND = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it."""
    asked = _asked(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells at length of brokers that we kill
    if "kafka" in asked.logs:
        install()
    played: list[Round] = []
    finished = asyncio.run(_until_stopped(asked, played))
    told = report.figures(played, seed=asked.seed, safeguard=asked.safeguard)
    report.show(told, Console(stderr=True))
    sys.stdout.write(report.written(told) + "\n")
    if not finished:
        return 130
    if asked.safeguard:
        return 0 if told["found_in_round"] else 1
    return 1 if told["differences"] or told["rounds"] < asked.rounds else 0


def _asked(arguments: Sequence[str] | None) -> Asked:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kills random processes under load.")
    parser.add_argument("--rounds", type=int, default=10, help="how many rounds count [10]")
    parser.add_argument("--seed", type=int, default=1, help="the same seed strikes the same parts [1]")
    parser.add_argument("--log", choices=(*LOGS, "both"), default="both", help="which event log [both, half each]")
    parser.add_argument("--break", dest="safeguard", choices=SAFEGUARDS, default="", help="switch a safeguard off")
    parser.add_argument("--aimed", action="store_true", help="with --break: strike where it shows at once")
    given = parser.parse_args(arguments)
    if given.rounds < 1 or (given.aimed and not given.safeguard):
        parser.error("give at least one round, and --aimed only with --break")
    rounds = min(given.rounds, MOST_TO_FIND) if given.safeguard else given.rounds
    logs = LOGS if given.log == "both" else (given.log,)
    return Asked(rounds, given.seed, logs, given.safeguard, given.aimed)


async def _until_stopped(asked: Asked, played: list[Round]) -> bool:
    """Plays until done or asked to end; either way all that was started is ended. Whether it was done."""
    stop = asyncio.Event()
    on_signals(stop)
    work, stopped = asyncio.create_task(_shown(asked, played)), asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finished = work.done()
    for task in (work, stopped):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    return finished


async def _shown(asked: Asked, played: list[Round]) -> None:
    """Plays and shows: a bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        await _play(asked, played, lambda text: console.print(text, markup=False), lambda _: None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("chaos", total=asked.rounds)
        await _play(
            asked, played, lambda text: bar.console.print(text, markup=False),
            lambda one: bar.update(task, advance=int(one.proven), description=str(one.strike)),
        )  # fmt: skip


async def _play(
    asked: Asked, played: list[Round], say: Callable[[str], None], advance: Callable[[Round], object]
) -> None:
    async with contextlib.aclosing(playing(asked, say)) as rounds:
        async for one in rounds:
            played.append(one)
            advance(one)
            say(report.line(one))


if __name__ == "__main__":
    sys.exit(main())

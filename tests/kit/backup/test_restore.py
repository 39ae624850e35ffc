"""A restore: every number as before, the service starts on it, and nothing is overwritten unasked."""

import asyncio
import secrets as random_secrets
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.topics import OBSERVATION
from services import app as root
from services.kit import backup, deadletters
from services.kit import keys as kit_keys
from services.kit.backup import tables, taking
from services.kit.db import connect
from services.kit.errors import Conflict, Misconfigured
from services.kit.eventlog import Record
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.inventory.filled import fill

PHRASE = "a long enough phrase"
ENDED = {"control.session", "control.sign_in"}


@pytest.fixture
async def emptied(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database that nothing was ever put into."""
    name = f"e_{random_secrets.token_hex(6)}"
    admin = connect(postgres.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"create database {name} template template0"))
    yield postgres.url().set(database=name).render_as_string(hide_password=False)
    async with admin.connect() as connection:
        await connection.execute(text(f"drop database {name} with (force)"))
    await admin.dispose()


@pytest.fixture
async def filled(runtime: Runtime) -> Runtime:
    """A deployment with an estate, a log that was read half, sources, and an audit trail."""
    await runtime.log.ensure(deadletters.retentions(), 2)
    await fill(runtime)
    await runtime.log.append(OBSERVATION.name, [Record(b"k%d" % n, b"v") for n in range(50)])
    async with runtime.engine.begin() as connection:
        await connection.execute(
            text("insert into control.fingerprint (keys) values (:keys)"), {"keys": runtime.keys.fingerprint}
        )
        await connection.execute(text(
            "insert into control.position (log, grp, topic, partition, next) values ('postgres', 'g', 't', 0, 7)"
        ))  # fmt: skip
    return runtime


async def numbers(engine: AsyncEngine) -> dict[str, tuple[int, str]]:
    """Of each table how many rows it has and a digest of them all, without regard to their order."""
    found = {}
    async with engine.connect() as connection:
        for table in await tables.tables(connection):
            digest = f"select count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) from {table.name} r"
            count, total = (await connection.execute(text(digest))).one()
            found[table.name] = (int(count), str(total))
        found["sequences"] = (0, str(await tables.sequences(connection)))
    return found


async def test_every_number_is_as_before_and_the_service_starts_on_it(filled, emptied, tmp_path):
    await filled.engine.dispose()  # what idle connections hold is not what a backup sees
    before = await numbers(filled.engine)
    file, keys = tmp_path / "a.backup", tmp_path / "elsewhere" / "keys.json"
    taken = await backup.take(filled, file, PHRASE)
    assert (taken.rows, taken.tables) == (sum(rows for rows, _ in before.values()), len(before) - 1)
    assert file.stat().st_mode & 0o077 == 0
    assert b"keys.json" not in file.read_bytes()
    engine = connect(emptied)
    restored = await backup.restore(engine, file, PHRASE, keys=keys, present=None)
    assert restored.rows == taken.rows
    after = await numbers(engine)
    assert {name: got for name, got in after.items() if name not in ENDED} == {
        name: had for name, had in before.items() if name not in ENDED
    }
    assert before["inventory.cell"][0] > 100
    assert any(name.startswith("inventory.seen_id_") and rows for name, (rows, _) in before.items())
    assert any(name.startswith("log.r") and rows for name, (rows, _) in before.items())
    await engine.dispose()
    assert kit_keys.load(f"file:{keys}", tmp_path) == filled.keys
    assert keys.stat().st_mode & 0o077 == 0
    await started(
        Settings(data=tmp_path / "elsewhere", keys=f"file:{keys}", listen="127.0.0.1:0", _env_file=None), emptied
    )


async def started(settings: Settings, url: str) -> None:
    """Starts ingest, classifier and inventory on the restored database and asks them how they are."""
    stop, addresses = asyncio.Event(), asyncio.Queue[str]()
    async with root.opened(settings, url) as runtime:
        names = ("ingest", "classifier", "inventory")
        running = asyncio.create_task(root.run(runtime, names, ready=addresses.put_nowait, stop=stop))
        try:
            address = await asyncio.wait_for(addresses.get(), 60)
            async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                async with asyncio.timeout(60):
                    while (answer := await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - /readyz has no event; labels are read first
                        await asyncio.sleep(0.1)
                assert answer.json() == {"status": "ready", "faults": {}}
                assert (await client.get("/login")).status_code == 200
        finally:
            stop.set()
            await running


async def test_a_backup_is_of_one_moment(filled, emptied, tmp_path, monkeypatch):
    """Rows written while it is taken are not in it, in no table."""
    before, copy, once = await numbers(filled.engine), taking._copy, asyncio.Event()

    async def slow(driver, table, member):
        if not once.is_set():
            once.set()
            await filled.log.append(OBSERVATION.name, [Record(b"late", b"v")])
            async with filled.engine.begin() as connection:
                await connection.execute(text("update control.position set next = 8"))
        return await copy(driver, table, member)

    monkeypatch.setattr(taking, "_copy", slow)
    await backup.take(filled, tmp_path / "b", None)
    engine = connect(emptied)
    await backup.restore(engine, tmp_path / "b", None, keys=tmp_path / "k.json", present=None)
    after = await numbers(engine)
    await engine.dispose()
    assert {n: v for n, v in after.items() if n not in ENDED} == {n: v for n, v in before.items() if n not in ENDED}


async def test_nothing_is_overwritten_unasked(filled, emptied, tmp_path):
    file, keys = tmp_path / "b", tmp_path / "k.json"
    await backup.take(filled, file, None)
    engine = connect(emptied)
    other = connect(emptied)
    async with other.connect():
        with pytest.raises(Conflict, match="end them first"):
            await backup.restore(engine, file, None, keys=keys, present=None)
    await other.dispose()
    await migrate(engine)  # a database the program has only looked at is as good as empty
    await backup.restore(engine, file, None, keys=keys, present=None)
    first = await numbers(engine)
    await engine.dispose()
    with pytest.raises(Conflict, match="not empty"):
        await backup.restore(engine, file, None, keys=keys, present=filled.keys)
    others = kit_keys.make()
    with pytest.raises(Conflict, match=others.fingerprint):
        await backup.restore(engine, file, None, keys=keys, present=others)
    with pytest.raises(Conflict, match="--keys-to"):
        await backup.restore(engine, file, None, keys=None, present=others, replace=True)
    assert await numbers(engine) == first
    keys.write_text(kit_keys.dump(others))
    await engine.dispose()
    await backup.restore(engine, file, None, keys=keys, present=others, replace=True, forget_positions=True)
    again = await numbers(engine)
    assert {name for name in again if again[name] != first[name]} == {"control.position"}
    async with engine.connect() as connection:
        left = await connection.execute(text("select nspname from pg_namespace where nspname like 'before%'"))
        assert left.all() == []
    await engine.dispose()
    assert kit_keys.load(f"file:{keys}", tmp_path) == filled.keys
    aside = tmp_path / f"k.json.{others.fingerprint[:8]}"
    assert kit_keys.parse(aside.read_text(), "x") == others, "keys are set aside, not lost"


async def test_a_restore_that_fails_leaves_what_was_there(filled, emptied, tmp_path):
    file, torn = tmp_path / "b", tmp_path / "torn"
    await backup.take(filled, file, None)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(torn, "w") as short:
        for name in whole.namelist():
            rows = whole.read(name)
            short.writestr(
                name, rows[: len(rows) // 2].rpartition(b"\n")[0] + b"\n" if name.endswith(".cell") else rows
            )
    engine = connect(emptied)
    await backup.restore(engine, file, None, keys=tmp_path / "k.json", present=None)
    before = await numbers(engine)
    await engine.dispose()
    with pytest.raises(Misconfigured, match=r"inventory\.cell"):
        await backup.restore(engine, torn, None, keys=tmp_path / "k.json", present=filled.keys, replace=True)
    assert await numbers(engine) == before
    await engine.dispose()


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "no whole backup"), (b"PK\5\6" + b"\0" * 18, "no backup of"), (b"x" * 500, "no whole")]
)
async def test_a_file_that_is_no_backup_is_named(engine, tmp_path, content, why):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Misconfigured, match=why):
        await backup.restore(engine, tmp_path / "x", None, keys=tmp_path / "k", present=None)
    with pytest.raises(Misconfigured, match="No such file"):
        await backup.restore(engine, tmp_path / "y", None, keys=tmp_path / "k", present=None)


async def test_a_sealed_one_asks_for_its_passphrase_and_no_half_is_left(runtime, tmp_path):
    await backup.take(runtime, tmp_path / "s", PHRASE)
    with pytest.raises(Misconfigured, match="--passphrase"):
        await backup.restore(runtime.engine, tmp_path / "s", None, keys=tmp_path / "k", present=None)
    with pytest.raises(Misconfigured, match="12 characters"):
        await backup.take(replace(runtime), tmp_path / "t", "short")
    assert [path.name for path in tmp_path.glob("*") if path.is_file()] == ["s"]
    with pytest.raises(Misconfigured, match="folder that can be written"):
        await backup.take(runtime, tmp_path / "nowhere" / "t", None)

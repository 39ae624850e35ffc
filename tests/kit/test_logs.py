"""Log lines: JSON a collector can read, text a person can, and no line that came from outside."""

import io
import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import logs

HOSTILE = "user\n2026-11-16 [error] forged\r\x1b[2J\u2028x\u202e\x00"
SCRIPT = """
import logging, sys, structlog
from services.kit import logs
from services.kit.settings import Settings
logs.configure(Settings(_env_file=None, console_log={readable}))
log = structlog.get_logger("ours")
log.info("read", who={hostile!r}, nested={{"k\\n": [{hostile!r}]}}, count=3)
logging.getLogger("library").warning("theirs %s", {hostile!r})
try:
    raise ValueError({hostile!r})
except ValueError:
    log.exception("failed")
    logging.getLogger("library").exception("theirs too")
log.debug("not shown")
"""


def lines(*, readable: bool) -> list[str]:
    code = SCRIPT.format(readable=readable, hostile=HOSTILE)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert ran.stdout == b""
    return ran.stderr.decode().split("\n")[:-1]


def test_every_line_is_an_object_of_json():
    found = [json.loads(line) for line in lines(readable=False)]
    assert [line["event"].split(" ")[0] for line in found] == ["read", "theirs", "failed", "theirs"]
    assert [line["level"] for line in found] == ["info", "warning", "error", "error"]
    assert (found[0]["count"], found[1]["logger"]) == (3, "library")
    assert all("timestamp" in line for line in found)
    assert found[0]["who"] == r"user\n2026-11-16 [error] forged\r\x1b[2J\u2028x\u202e\x00"
    assert "ValueError" in found[2]["exception"]
    assert "ValueError" in found[3]["exception"]


def test_text_keeps_what_came_from_outside_on_its_line():
    text = "\n".join(lines(readable=True))
    assert not any(character in text for character in "\r\x1b\u2028\u202e\x00")
    assert len([line for line in text.split("\n") if "read" in line and "who=" in line]) == 1
    assert "Traceback" in text


SIMPLE = st.text() | st.integers() | st.none() | st.binary()


@given(st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6))
def test_whatever_is_logged_is_one_printable_line(value):
    drawn = json.dumps(logs._value(value), ensure_ascii=False)
    assert drawn.isprintable()


@pytest.mark.parametrize("readable", [True, False])
def test_a_library_s_record_takes_the_same_way(readable):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(readable=readable))
    handler.handle(logging.LogRecord("asyncpg", logging.WARNING, "x", 1, "slow %s", (HOSTILE,), None))
    assert stream.getvalue().count("\n") == 1
    assert "forged" in stream.getvalue()

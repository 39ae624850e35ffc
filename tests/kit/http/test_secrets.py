"""References are resolved, values are never accepted or repeated."""

from pathlib import Path

import pytest

from services.kit.errors import Misconfigured
from services.kit.secrets import is_reference, resolve


def test_reads_both_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PNB_TEST_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n")
    assert resolve("env:PNB_TEST_SECRET") == "from the environment"
    assert resolve(f"file:{tmp_path / 'secret'}") == "from a file"


def test_missing_and_empty_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for ref in ("env:PNB_NOT_SET", f"file:{tmp_path / 'missing'}", f"file:{tmp_path / 'empty'}"):
        with pytest.raises(Misconfigured, match=r"env:|file:"):
            resolve(ref)


def test_value_in_place_of_a_reference_is_not_repeated() -> None:
    assert not is_reference("canary-secret")
    with pytest.raises(Misconfigured) as caught:
        resolve("canary-secret")
    assert "canary" not in str(caught.value)

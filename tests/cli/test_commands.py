"""Loading one command's module gives the same command as loading all."""

import pytest
import typer

from services.cli import app


def names(root: typer.Typer) -> set[str]:
    return set(typer.main.get_group(root).commands)


@pytest.mark.parametrize("asked", sorted(names(app())))
def test_a_command_is_there_however_it_is_loaded(asked: str) -> None:
    assert asked in names(app(asked))


def test_only_the_module_that_is_asked_for_is_loaded() -> None:
    assert names(app("scan")) == {"scan"}


@pytest.mark.parametrize("asked", [None, "nosuch", "--help", "session", "restore"])
def test_all_are_loaded_where_no_module_is_named_so(asked: str | None) -> None:
    assert names(app(asked)) == names(app())

"""The course of a fault, and the row of the table each test leaves."""

import pytest

from tests.flow.faults.course import TOKEN, Course
from tests.ingest.conftest import logged, read

__all__ = ["logged", "read"]


@pytest.fixture
def course(logged, read, monkeypatch):
    monkeypatch.setenv("VENDOR_TOKEN", TOKEN)
    return Course(logged, read)


@pytest.fixture
def told(record_property):
    """Notes what happened and how complete it was, for the table of `python -m tests.flow.faults`."""

    def note(happened, completeness):
        record_property("happened", happened)
        record_property("completeness", completeness)
        assert completeness == 1

    return note

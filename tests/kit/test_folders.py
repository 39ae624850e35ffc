"""The data folder: made where it is missing, and told with what is in the way where it can't be."""

import pytest

from services.kit.errors import Misconfigured
from services.kit.folders import made, obstacle


def test_it_is_made_with_its_parents(tmp_path):
    folder = tmp_path / "a" / "b"
    assert obstacle(folder) is None
    assert made(folder).is_dir()
    assert made(folder) == folder


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for folder, named in ((tmp_path / "file" / "data", "file"), (tmp_path / "link", "link")):
        with pytest.raises(Misconfigured, match=f"^PENUMBRA_DATA: {tmp_path / named} is .*give PENUMBRA_DATA another"):
            made(folder)

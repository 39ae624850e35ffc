"""Roles by group: what a pair may look like, and that a slip never grants."""

import os

from hypothesis import given
from hypothesis import strategies as st

from services.kit.access import ROLES, RoleMap
from services.kit.access.rolemap import parse


def test_a_group_may_have_several_roles_and_a_name_with_signs():
    read = RoleMap("sec-ops=analyst;sec-ops=Reviewer; CN=AI Office,OU=Groups = privacy officer")
    assert read.faults() == ()
    assert read.roles(["sec-ops"]) == {"analyst", "reviewer"}
    assert read.roles(["CN=AI Office,OU=Groups", "canteen"]) == {"privacy_officer"}
    assert read.roles(["Sec-Ops"]) == frozenset()


def test_a_star_stands_for_whoever_signs_in():
    assert RoleMap("*=viewer;sec-ops=analyst").roles([]) == {"viewer"}


def test_a_wrong_line_gives_nothing_and_the_others_hold(tmp_path):
    place = tmp_path / "roles"
    place.write_text("# roles\nsec-ops = analyst\noffice = ofice\n\n")
    read = RoleMap(f"file:{place}")
    assert read.roles(["office"]) == frozenset()
    assert read.roles(["sec-ops"]) == {"analyst"}
    assert len(read.faults()) == 1


def test_a_file_is_read_again_when_it_changes_and_gives_nothing_when_it_is_gone(tmp_path):
    place = tmp_path / "roles"
    place.write_text("a=viewer")
    read = RoleMap(f"file:{place}")
    assert read.roles(["a"]) == {"viewer"}
    about = place.stat()
    place.write_text("a=office")
    os.utime(place, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert read.roles(["a"]) == {"office"}
    place.write_bytes(b"a=viewer\xff\xff")
    assert read.roles(["a"]) == frozenset()
    place.unlink()
    assert read.roles(["a"]) == frozenset()
    assert "none" not in read.faults()[0]


@given(st.text())
def test_whatever_is_written_gives_known_roles_only(text):
    pairs, _ = parse(text)
    assert all(group.strip() == group != "" for group in pairs)
    assert all(roles <= ROLES.keys() for roles in pairs.values())

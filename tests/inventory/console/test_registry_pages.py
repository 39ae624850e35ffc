"""The registry's pages: entries made, changed and refused, with what happened; files read, told and taken; CSV."""

import csv
import io
import re

import pytest

from services.inventory.api import imports

PAGES = (
    "/registry", "/registry/R1", "/registry/R1/edit", "/registry/new", "/registry/import", "/registry/expiring",
    "/registry/owners", "/coverage", "/solutions", "/tools/example.bellow", "/solutions/power_automate_flow:1/a",
)  # fmt: skip
FORM = {"revision": "0", "id": "R1", "name": "Chat", "tools": "example.bellow\nexample.aria", "owner": "o@example.com"}
HEADER = "id,name,kind,tools,owner,approval,expires_at\n"


@pytest.fixture
async def entry(operator):
    answer = await operator.post("/registry/new", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/registry/R1")
    return operator


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_and_its_twin_answer_without_script_or_another_host(entry, path):
    page = await entry.get(path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'rel="alternate" type="application/json" href="{path}.json"' in page.text
    assert not re.search(r'(src|href|action)="(https?:)?//|<script|\sstyle="', page.text)
    assert (await entry.get(f"{path}.json")).headers["content-type"] == "application/json"


async def test_a_form_makes_an_entry_and_its_history_tells_who_changed_what(entry):
    change = FORM | {"revision": "1", "owner": "new@example.com", "data_classes": ["pii", "hr"], "tier": "2"}
    assert (await entry.post("/registry/R1/edit", data=change)).status_code == 303
    record = (await entry.get("/registry/R1.json")).json()["record"]
    newest = record["history"][0]
    assert (newest["revision"], newest["changed_by"]) == (2, "ines.example")
    assert newest["changes"] == [
        {"field": "owner", "before": "o@example.com", "after": "new@example.com"},
        {"field": "data_classes", "before": None, "after": ["pii", "hr"]},
        {"field": "tier", "before": None, "after": 2},
    ]  # fmt: skip
    assert "new@example.com" in (await entry.get("/registry/R1")).text


async def test_of_two_who_edit_at_once_the_second_is_told_what_the_first_did_and_keeps_the_form(entry):
    await entry.post("/registry/R1/edit", data=FORM | {"revision": "1", "owner": "first@example.com"})
    late = FORM | {"revision": "1", "owner": "second@example.com", "notes": "kept <in> the form"}
    answer = await entry.post("/registry/R1/edit", data=late)
    assert answer.status_code == 409
    assert "R1 was changed by ines.example" in answer.text
    assert "first@example.com" in answer.text
    assert 'value="second@example.com"' in answer.text
    assert "kept &lt;in&gt; the form" in answer.text
    assert (await entry.get("/registry/R1.json")).json()["record"]["entry"]["owner"] == "first@example.com"
    again = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert again is not None
    assert (await entry.post("/registry/R1/edit", data=late | {"revision": again[1]})).status_code == 303
    assert (await entry.get("/registry/R1.json")).json()["record"]["entry"]["owner"] == "second@example.com"


async def test_an_id_that_is_taken_is_no_new_entry(entry):
    answer = await entry.post("/registry/new", data=FORM | {"name": "Mine"})
    assert answer.status_code == 409
    assert "is there already, made by ines.example" in answer.text
    assert 'action="/registry/new"' in answer.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": ""}, "id"), ({"id": "new"}, "id"), ({"name": "n" * 201}, "name"), ({"tier": "9"}, "tier"),
        ({"kind": "thing"}, "kind"), ({"approval": "perhaps"}, "approval"), ({"expires_at": "2026-02-30"}, "expires"),
        ({"owner": "a\0b"}, "owner"), ({"certified_at": "yesterday"}, "certified"), ({"purpose": "p" * 2001}, "purp"),
        ({"tools": "\n".join(f"t{n}" for n in range(501))}, "tools"),
    ],
)  # fmt: skip
async def test_what_can_t_be_saved_is_said_at_its_field_and_nothing_is(operator, wrong, field):
    answer = await operator.post("/registry/new", data=FORM | {"notes": "still here"} | wrong)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert re.search(rf'id="f-{field}', answer.text)
    assert "still here" in answer.text
    assert (await operator.get("/registry.json")).json()["items"] == []


async def test_an_alert_fills_the_form_in(operator):
    held = (await operator.get("/registry/new.json", params={"alert": "al_1"})).json()
    assert (held["entry"]["tools"], held["entry"]["units"]) == (["example.t1"], ["Sales"])
    assert held["entry"]["approval"] == "under_review"
    assert "/alerts/al_1" in (await operator.get("/registry/new", params={"alert": "al_1"})).text
    assert (await operator.get("/registry/new", params={"alert": "al_99"})).status_code == 404


async def test_a_tool_or_a_solution_fills_the_form_in(operator):
    text = (await operator.get("/tools/example.bellow")).text
    assert 'href="/registry/new?tool=example.bellow"' in text
    held = (await operator.get("/registry/new.json?tool=example.bellow")).json()["entry"]
    assert (held["tools"], held["name"], held["data_classes"]) == (["example.bellow"], "Bellow", ["confidential"])
    held = (await operator.get("/registry/new.json?solution=power_automate_flow:1/a")).json()["entry"]
    assert (held["kind"], held["solution_ids"]) == ("solution", ["power_automate_flow:1/a"])


async def test_a_removed_entry_keeps_its_history_and_one_that_changed_is_not_removed(entry):
    await entry.post("/registry/R1/edit", data=FORM | {"revision": "1", "name": "Other"})
    assert (await entry.post("/registry/R1/remove", data={"revision": "1"})).status_code == 409
    assert (await entry.post("/registry/R1/remove", data={"revision": "2"})).status_code == 303
    text = (await entry.get("/registry/R1")).text
    assert "This entry was removed by ines.example" in text
    assert (await entry.get("/registry.json")).json()["total"] == 0
    assert (await entry.post("/registry/new", data=FORM)).status_code == 303


async def test_a_filter_chooses_on_the_page_in_the_twin_and_in_the_file(entry):
    await entry.post("/registry/new", data=FORM | {"id": "R2", "approval": "prohibited", "name": "100% no"})
    chosen = {"approval=prohibited": ["R2"], "q=100%25+no": ["R2"], "q=1_0": [], "approval=": ["R1", "R2"]}
    for query, found in chosen.items():
        assert [e["id"] for e in (await entry.get(f"/registry.json?{query}")).json()["items"]] == found
        rows = list(csv.DictReader(io.StringIO((await entry.get(f"/registry.csv?{query}")).text.lstrip("\ufeff"))))
        assert [row["id"] for row in rows] == found
    assert 'href="/registry.csv?approval=prohibited"' in (await entry.get("/registry?approval=prohibited")).text


async def upload(client, content: bytes):
    answer = await client.post("/registry/import", files={"file": ("list.csv", content, "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_file_is_told_before_it_is_taken(entry):
    rows = "R1,Chat,tool,example.bellow,,approved,\nR2,New,tool,example.aria,,approved,\nR3,Old,tool,x,,,31 Jan\n"
    place = await upload(entry, (HEADER + rows).encode())
    text = re.sub(r"<[^>]+>", " ", (await entry.get(place)).text)
    assert re.search(r"New entries\s+1\s+Changed\s+1\s+The same as now\s+0\s+Rows that can't be read\s+1", text)
    report = (await entry.get(f"{place}.json")).json()["report"]
    assert report["faults"] == [{"line": 4, "column": "expires_at", "message": "no date; write YYYY-MM-DD"}]
    assert "4,expires_at," in (await entry.get(f"{place}.csv")).text
    assert (await entry.get("/registry.json")).json()["total"] == 1
    answer = await entry.post(place, data={"act": "take"})
    assert answer.headers["location"] == "/registry/import?taken=2&rejected=1"
    assert "2 entries imported" in (await entry.get(answer.headers["location"])).text
    assert (await entry.get("/registry.json")).json()["total"] == 2
    assert (await entry.post(place, data={"act": "take"})).status_code == 404


async def test_a_file_that_is_dropped_changes_nothing(entry):
    place = await upload(entry, (HEADER + "R9,No,tool,x,,approved,\n").encode())
    assert (await entry.post(place, data={"act": "drop"})).status_code == 303
    assert (await entry.get(place)).status_code == 404
    assert (await entry.get("/registry.json")).json()["total"] == 1


async def test_an_exported_file_comes_back_as_it_was_and_begins_no_formula(entry):
    row = 'R2,"=HYPERLINK(""http://x"")",tool,example.aria,,approved,\n'
    await entry.post(await upload(entry, (HEADER + row).encode()), data={"act": "take"})
    exported = (await entry.get("/registry.csv")).content
    assert b"\"'=HYPERLINK" in exported
    told = (await entry.get(f"{await upload(entry, exported)}.json")).json()["report"]
    assert (told["same"], told["added"], told["changed"], told["rejected"]) == (2, 0, 0, 0)


@pytest.mark.parametrize(("content", "status"), [(b"id,name\nR1,caf\xe9\n", 422), (b"\x1f\x8b\x08\0broken", 422)])
async def test_a_file_that_can_t_be_read_at_all(operator, content, status):
    answer = await operator.post("/registry/import", files={"file": ("x.csv", content)})
    assert answer.status_code == status
    assert (await operator.post("/registry/import", data={"file": ""})).status_code == 422


async def test_a_file_too_large_is_refused_before_it_is_read(operator, monkeypatch):
    monkeypatch.setattr("services.inventory.console.registry_import.LARGEST_FILE", -5000)
    answer = await operator.post("/registry/import", files={"file": ("x.csv", b"id,name\n")})
    assert answer.status_code == 413
    monkeypatch.setattr(imports, "LARGEST_FILE", 5)
    assert (await operator.post("/api/v1/registry/import", content=b"id,name\n")).status_code == 413


async def test_who_may_only_read_sees_no_form(viewer, operator):
    await operator.post("/registry/new", data=FORM)
    text = (await viewer.get("/registry/R1")).text
    assert "Remove this entry" not in text
    assert "/edit" not in text
    for path in ("/registry/new", "/registry/R1/edit", "/registry/import"):
        assert (await viewer.get(path)).status_code == 403
    assert (await viewer.post("/registry/R1/remove", data={"revision": "1"})).status_code == 403

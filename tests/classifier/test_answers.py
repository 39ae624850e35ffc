# ruff: noqa: RUF001 - one host is written with a letter that looks like another
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from schemas.observation import Kind, Observation
from schemas.vendor import read
from services.classifier.answers import Unreadable, of_apps, of_hosts, of_observations
from services.labelling.index import build
from services.labelling.labeller import Labeller

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LABELLER = Labeller(build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")]))


def told(answers):
    return [(answer.input, answer.verdict.value, answer.tool) for answer in answers]


def test_hosts_with_and_without_path_scheme_query_and_port():
    lines = [
        "chat.acme-ai.example\n",
        "notes.example/api/v3/runInference?prompt=x\n",
        "https://CHAT.acme-ai.example:443/anon/\r\n",
        "auth.acme-ai.example\n",
        "mail.example?x=chat.acme-ai.example\n",
        "\n",
    ]
    assert told(of_hosts(lines, LABELLER)) == [
        ("chat.acme-ai.example", "ai", "acme.chat"),
        ("notes.example/api/v3/runInference?prompt=x", "embedded", "acme.notes-ai"),
        ("https://CHAT.acme-ai.example:443/anon/", "ai", "acme.chat"),
        ("auth.acme-ai.example", "related", "acme.chat"),
        ("mail.example?x=chat.acme-ai.example", "none", None),
        ("", "none", None),
    ]


def test_bad_hosts_are_answered_in_their_place():
    lines = [
        "http://user:secret@chat.acme-ai.example:8080/x\n", "//chat.acme-ai.example/x\n", "chat.acme-ai.example.\n",
        "CHAT.ACME-AI.EXAMPLE\n", "chat.acme-ai.example?a/b\n", "a" * 300 + "\n", "   \n", "http://\n", "[::1]:80\n",
        "2130706433\n", "intranet\n", "сhat.acme-ai.com\n", "status.chat.acme-ai.example\n",
    ]  # fmt: skip
    found = list(of_hosts(lines, LABELLER))
    assert [one.input for one in found] == [line.strip() for line in lines]
    assert [one.verdict.value for one in found] == ["ai"] * 5 + ["none"] * 7 + ["related"]
    assert "a label of 300 characters" in found[5].basis[0]
    assert [one.basis[0] for one in found[6:8]] == ["no host is given"] * 2
    assert all("address" in one.basis[0] for one in found[8:10])
    assert "internal name" in found[10].basis[0]
    assert "suspicious" in found[11].basis[0]


def test_an_account_is_told_where_the_path_tells_it():
    assert [one.account for one in of_hosts(["chat.acme-ai.example/anon/x\n", "chat.acme-ai.example\n"], LABELLER)] == [
        "anonymous", None,
    ]  # fmt: skip


def test_apps_with_and_without_publisher_and_client_id():
    lines = [
        "Acme Chat\tAcme AI\t\n",
        "Compass\n",
        "Compass\tAcme AI, Inc.\n",
        "\t\t11111111-2222-4333-8444-555555555555\n",
        "\n",
    ]
    assert [(verdict, tool) for _, verdict, tool in told(of_apps(lines, LABELLER))] == [
        ("ai", "acme.chat"), ("none", None), ("ai", "acme.chat"), ("ai", "acme.chat"), ("none", None),
    ]  # fmt: skip


def test_observations_answer_by_id_and_bad_lines_are_named_without_their_content():
    good = msgspec.json.encode(Observation(id="o1", source="s", kind=Kind.WEB, at=AT, host="api.acme-ai.example"))
    answers = list(of_observations([good.decode(), "\n", '{"kind": "phrase"}\n', "{"], LABELLER))
    assert told(answers[:1]) == [("o1", "ai", "acme.api")]
    assert [(bad.line, "phrase" in bad.fault) for bad in answers[1:]] == [(3, False), (4, False)]
    assert all(isinstance(bad, Unreadable) for bad in answers[1:])

import json


def answers(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_answer_a_line_in_order(penumbra):
    told = answers(penumbra("classify", "--hosts", text="mail.example\nchat.acme-ai.example/x\n\n"))
    assert [(one["input"], one["verdict"], one["tool"]) for one in told] == [
        ("mail.example", "none", None), ("chat.acme-ai.example/x", "ai", "acme.chat"), ("", "none", None),
    ]  # fmt: skip
    assert all(set(one) == {"input", "verdict", "tool", "confidence", "basis", "account"} for one in told)
    assert [one["confidence"] for one in answers(penumbra("classify", "--apps", text="acme chat\tAcme AI\t\n"))] == [
        0.9
    ]


def test_observations_that_are_nothing_are_printed_only_when_asked(penumbra):
    seen = [
        {"id": str(n), "source": "s", "kind": "web", "at": "2026-11-02T09:00:00Z", "host": host}
        for n, host in enumerate(["mail.example", "chat.acme-ai.example"])
    ]
    text = "".join(json.dumps(one) + "\n" for one in seen) + "no observation\n"
    done = penumbra("classify", text=text)
    assert [one["input"] for one in answers(done)] == ["1"]
    assert "line 3" in done.stderr
    assert [one["verdict"] for one in answers(penumbra("classify", "--all", text=text))] == ["none", "ai"]


def test_wrong_use_exits_2_or_says_why(penumbra):
    done = penumbra("classify", text="mail.example\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--hosts" in done.stderr
    assert "one of them" in penumbra("classify", "--hosts", "--apps").stderr

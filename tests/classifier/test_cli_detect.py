import json


def test_one_answer_a_line_without_the_text(penumbra):
    secret = "violet-heron-canary card 4539148803436467"
    lines = [
        json.dumps({"id": "a", "text": secret}),
        "",
        json.dumps({"id": 7, "text": ""}),
        '{"id":"b","text":"\\ud800 S1234567D"}',
    ]
    done = penumbra("detect", "--json", text="\n".join(lines) + "\n")
    assert done.returncode == 0
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert set(first) == {"id", "findings", "classes"}
    assert set(first["findings"][0]) == {"kind", "start", "end", "confidence", "basis"}
    assert set(first["classes"][0]) == {"class", "confidence", "basis"}
    assert (first["findings"][0]["start"], first["findings"][0]["end"]) == (25, 41)
    assert (second, third["findings"][0]["kind"]) == ({"id": "7", "findings": [], "classes": []}, "sg_nric")
    assert "canary" not in done.stdout + done.stderr
    assert "4539" not in done.stdout + done.stderr


def test_lines_that_hold_nothing_are_told_and_counted(penumbra):
    bad = ['{"id": "violet-heron-canary', "[]", '{"text":"x"}', '{"id":"c"}', '{"id":true,"text":"x"}']
    done = penumbra("detect", text="\n".join([*bad, '{"id":"z","text":"x"}']) + "\n")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [one.get("error") is not None for one in told] == [True] * 5 + [False]
    assert [one["id"] for one in told] == [None, None, None, "c", None, "z"]
    assert "5 of 6 lines" in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_input_without_any_line_of_that_form_or_another_engine_is_wrong_use(penumbra):
    assert penumbra("detect", text="hello\n").returncode == 2
    done = penumbra("detect", "--engine", "perl", text="")
    assert (done.returncode, "re2, hyperscan" in done.stderr) == (2, True)

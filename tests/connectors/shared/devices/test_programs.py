import pytest

from connectors.shared.devices import people, programs


@pytest.mark.parametrize(
    ("path", "command", "key"),
    [
        (r"C:\Users\sam\AppData\Local\Programs\cursor\Cursor.exe", None, "process:Cursor.exe"),
        ("/Applications/Claude.app/Contents/MacOS/Claude", None, "process:Claude"),
        ("/opt/Cursor Helper (GPU)", None, "process:Cursor"),
        ("/usr/bin/node", "node /x/node_modules/@openai/codex/bin/codex.js --key s", "npm:@openai/codex"),
        ("node.exe", r"node C:\x\node_modules\@openai\codex\cli.js", "npm:@openai/codex"),
        ("/usr/bin/python3", "python3 /home/ada/node_modules/x/y.py", "process:python3"),
    ],
)
def test_a_process_is_its_file_or_the_package_an_interpreter_runs(path, command, key):
    assert programs.process(path, command).client_id == key


def test_a_process_without_a_file_is_none():
    assert programs.process("") is None
    assert programs.process("///") is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Claude.app", "Claude"),
        ("Cursor (User)", "Cursor"),
        ("Ollama version 0.12.3", "Ollama"),
        ("LM Studio 0.3.20 (x64)", "LM Studio"),
        ("7-Zip 24.09 (x64)", "7-Zip"),
        ("", None),
        (None, None),
    ],
)
def test_a_display_name_is_without_version_and_installer_notes(given, shown):
    assert programs.display_name(given) == shown


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("ollama/ollama:0.12", "docker:ollama/ollama"),
        ("docker.io/library/redis", "docker:redis"),
        ("ghcr.io/open-webui/open-webui@sha256:ab", "docker:ghcr.io/open-webui/open-webui"),
        ("registry.example:5000/ai/vllm:latest", "docker:registry.example:5000/ai/vllm"),
    ],
)
def test_an_image_is_its_repository(reference, key):
    assert programs.image(reference).client_id == key


def test_an_image_known_by_its_digest_only_names_nothing():
    assert programs.image("sha256:abcdef") is None
    assert programs.image("<none>:<none>") is None


@pytest.mark.parametrize(
    "name", ["root", "NT AUTHORITY\\SYSTEM", "WS-0042$", "_spotlight", "S-1-5-18", "DWM-1", "", None]
)
def test_accounts_of_the_machine_are_nobody(name):
    assert people.login(name) is None


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/Users/mika/Library/x", "mika"),
        (r"C:\Users\Sam Lee\AppData\x", "Sam Lee"),
        ("/home/ada/.config", "ada"),
        ("/Users/Shared/x", None),
        ("/opt/x", None),
        (None, None),
    ],
)
def test_a_home_folder_says_whose_it_is(path, who):
    assert people.of_path(path) == who


def test_a_login_with_an_at_is_an_address():
    found = people.actor("mac", "Ada@Example.com")
    assert (found.id, found.email, found.device) == (None, "ada@example.com", "mac")
    assert people.actor(None, None) is None

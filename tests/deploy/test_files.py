"""The files an operator deploys with: linted by what knows their format, and held against the program they start."""

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from services.cli import app
from services.kit.settings import Settings

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
ROOT = DEPLOY.parent
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "penumbra:local"}
KNOWN = {f"PENUMBRA_{name.upper()}" for name in Settings.model_fields}
COMMANDS = {command.name or command.callback.__name__ for command in app().registered_commands}


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_the_dockerfile_is_linted():
    ran = tool("hadolint", str(DEPLOY / "Dockerfile"))
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_compose_file_keeps_to_its_schema():
    ran = tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))
    assert ran.returncode == 0, ran.stdout


def test_the_image_is_slim_not_root_and_watched():
    lines = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 2
    assert all("-slim" in stage for stage in stages)
    last = lines[lines.index(stages[-1]) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any(line.startswith("HEALTHCHECK ") and "deploy.health" in line for line in last)
    assert not any(line.startswith(("ADD ", "RUN apt", "RUN pip")) for line in last)


def test_what_the_image_copies_is_there_and_let_into_its_context():
    text = (DEPLOY / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert {"services", "connectors", "schemas", "deploy", "requirements.lock"} <= copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert {"deploy/.env", "deploy/keys.json"} <= set(ignored)


def test_every_service_of_the_compose_file_is_a_command_that_is_confined():
    assert {service["command"][0] for service in OURS.values()} == {"ingest", "classifier", "inventory"} <= COMMANDS
    for name, service in OURS.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["user"].partition(":")[0] != "0", name
        assert set(service["depends_on"]) == {"kafka", "postgres"}, name
    for name in ("kafka", "postgres"):
        assert "healthcheck" in COMPOSE["services"][name]
        assert COMPOSE["services"][name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_ports_are_published_on_loopback_where_the_services_say_so():
    for name, service in COMPOSE["services"].items():
        for port in service.get("ports", ()):
            host, outer, inner = port.split(":")
            assert (host, outer) == ("127.0.0.1", inner), name
            assert service["environment"]["PENUMBRA_LISTEN"] == f"0.0.0.0:{inner}"
            assert service["environment"]["PENUMBRA_PUBLISHED_ON_LOOPBACK"] == "1"


def test_the_services_share_keys_database_and_log_and_set_only_what_can_be_set():
    shared = [{k: v for k, v in one["environment"].items() if k != "PENUMBRA_LISTEN"} for one in OURS.values()]
    assert shared[0] == shared[1] == shared[2]
    assert shared[0].keys() <= KNOWN
    assert "${POSTGRES_PASSWORD:?" in shared[0]["PENUMBRA_DATABASE_URL"]
    kafka = COMPOSE["services"]["kafka"]["environment"]
    assert kafka["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://kafka:9092"
    assert shared[0]["PENUMBRA_LOG_URL"] == "kafka://kafka:9092"
    assert kafka["KAFKA_PROCESS_ROLES"] == "broker,controller"
    assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{kafka['KAFKA_NODE_ID']}@kafka:9093"


def test_no_password_is_in_any_of_the_files():
    example = (DEPLOY / "env.example").read_text()
    assert re.search(r"^POSTGRES_PASSWORD=$", example, re.MULTILINE)
    named = set(re.findall(r"^#?(PENUMBRA_\w+)=", example, re.MULTILINE))
    assert named <= KNOWN
    assert {"PENUMBRA_OIDC_ISSUER", "PENUMBRA_ROLE_MAP", "PENUMBRA_PUBLIC_URL"} <= named


def read(unit: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read_string(unit.read_text())
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_and_confines_it(unit):
    service = read(unit)["Service"]
    program, command = service["ExecStart"].split()
    assert program.endswith("/bin/penumbra")
    assert command in COMMANDS
    assert service["User"] != "root"
    assert service["RestartPreventExitStatus"] == "2"
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == (
        "yes", "strict", "",
    )  # fmt: skip
    assert service["StateDirectory"] in unit.read_text().partition("PENUMBRA_DATA=/var/lib/")[2]
    assert set(re.findall(r"^Environment=(PENUMBRA_\w+)=", unit.read_text(), re.MULTILINE)) <= KNOWN


def test_units_run_together_or_apart():
    assert {unit.name.partition(".")[0] for unit in UNITS} == {
        "penumbra", "penumbra-ingest", "penumbra-classifier@", "penumbra-inventory",
    }  # fmt: skip


@pytest.fixture
def installed(tmp_path) -> Path:
    """The units with the program where this machine has it."""
    program = str(Path(sys.executable).with_name("penumbra"))
    for unit in UNITS:
        text = unit.read_text().replace("/opt/penumbra/.venv/bin/penumbra", program)
        (tmp_path / unit.name.replace("@", "@8482")).write_text(text)
    return tmp_path


if (systemd := shutil.which("systemd-analyze")) is not None:  # elsewhere the structure above is what is tested

    def test_systemd_takes_the_units(installed):
        for unit in sorted(installed.iterdir()):
            command = [systemd, "verify", "--man=no", str(unit)]
            ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            assert (ran.returncode, ran.stderr) == (0, ""), unit.name

"""Records nobody of this project wrote: everything is read, ignored or rejected with a reason, and adds up."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import discover
from connectors.records import Broken, Tally, natives, outcomes
from tests.connectors import shared_samples_devices, shared_samples_network, shared_samples_work

ROOT = Path(os.environ.get("PENUMBRA_SAMPLES") or Path(__file__).parents[3] / "shared" / "samples")
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="the shared samples are not here")
ARRIVED = datetime(2026, 11, 21, 12, tzinfo=UTC)
FOLDERS = {
    "squid": "squid", "m365_management_activity": "m365_management", "okta_system_log": "okta", "zeek": "dns",
    "dns_resolver": "dns", "google_workspace_reports": "google_workspace",
    "aws_cloudtrail": "aws_cloudtrail", "bedrock_invocation_log": "bedrock_invocation",
    "gcp_audit": "gcp_audit", "openai_audit": "openai_audit", "anthropic_compliance": "anthropic_compliance",
    "elff_proxysg": "elff", "zscaler": "zscaler", "netskope": "netskope",
}  # fmt: skip
FOLDERS |= shared_samples_work.FOLDERS | shared_samples_devices.FOLDERS | shared_samples_network.FOLDERS
FILES = [(source, path) for folder, source in FOLDERS.items() for path in sorted((ROOT / folder).glob("*"))]
REJECTED = {
    "elastic_generated.log": {
        "neither Squid's native nor its common or combined format; set `format` to the logformat in use": 51
    },
    "sentinel_squidproxy_parsed.ndjson": {"a JSON object where a line of Squid's access log was expected": 60},
    "splunk_copilot_prompt_export.csv": {"no RecordType and no Operation: not a record of the audit feed": 29},
    **shared_samples_work.REJECTED,
    **shared_samples_devices.REJECTED,
    **shared_samples_network.REJECTED,
}
"""Machine-made nonsense words in no Squid format, rows already split into columns, and an export of prompts."""


@pytest.mark.parametrize(("source", "path"), FILES, ids=lambda value: getattr(value, "name", value))
def test_every_record_is_accounted_for(source, path):
    connector = discover()[source]
    tally, reasons = Tally(source), Counter()
    settings = connector.config() if source == "squid" else None
    with path.open("rb") as file:
        for result in outcomes(connector, natives(file, connector, path.name), settings, ARRIVED):
            tally.count(result)
            if isinstance(result, Broken):
                reasons[result.reason] += 1
    assert tally.records > 0
    assert tally.records == tally.observed + sum(tally.ignored.values()) + tally.rejected
    assert dict(reasons) == REJECTED.get(path.name, {})


@pytest.mark.parametrize("path", sorted((ROOT / "registry").rglob("*.csv*")), ids=lambda path: path.name)
def test_registries_of_others_are_read_as_rows(path):
    connector = discover()["registry_csv"]
    with path.open("rb") as file:
        rows = list(natives(file, connector, path.name))
    assert len(rows) > 500
    assert not [row for row in rows if isinstance(row, Broken)]

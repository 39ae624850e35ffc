"""Records of Entra, Purview, Defender and Copilot that nobody of this project wrote: each read, ignored or rejected."""

import os
from collections import Counter
from pathlib import Path

import pytest

from connectors.base import discover
from connectors.records import RECOGNISED, Broken, Tally, natives, outcomes, recognise

ROOT = Path(os.environ.get("PENUMBRA_SAMPLES") or Path(__file__).parents[3] / "shared" / "samples")
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="the shared samples are not here")
GRAPH = ROOT / "microsoft_graph"
FILES = [
    *(("entra", path) for path in sorted((ROOT / "entra_audit_azure_export").glob("*"))),
    ("entra", GRAPH / "aispm_entra_agent_identities.json"),
    *(
        ("purview", GRAPH / name)
        for name in (
            "aispm_dspm_export.json",
            "aispm_purview_audit_records.json",
            "panther_microsoftgraph_securityalertv2.ndjson",
        )
    ),
    ("copilot_agents", GRAPH / "aispm_agent365_packages.json"),
    *(("defender", path) for path in sorted(GRAPH.glob("*defender*"))),
]


@pytest.mark.parametrize(("source", "path"), FILES, ids=lambda value: getattr(value, "name", value))
def test_every_record_is_accounted_for_and_the_file_is_recognised(source, path):
    connectors = discover()
    tally, reasons = Tally(source), Counter()
    with path.open("rb") as file:
        for result in outcomes(connectors[source], natives(file, connectors[source], path.name), None):
            tally.count(result)
            if isinstance(result, Broken):
                reasons[result.reason] += 1
    assert tally.records > 0
    assert tally.records == tally.observed + sum(tally.ignored.values()) + tally.rejected
    assert dict(reasons) == {}
    [best, *_] = recognise(path.read_bytes()[: 1 << 16], connectors)
    assert best[0] == source
    assert best[1] >= RECOGNISED


@pytest.mark.parametrize("path", sorted(GRAPH.glob("*defender*")), ids=lambda path: path.name)
def test_other_services_of_graph_are_no_one_s_of_these(path):
    found = dict(recognise(path.read_bytes()[: 1 << 16], discover()))
    assert max(found.get("entra", 0), found.get("purview", 0)) < RECOGNISED

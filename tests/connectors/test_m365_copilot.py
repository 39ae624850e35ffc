"""Records of AI applications: whose product each names, and none is taken for Microsoft's own by default."""

import pytest

from connectors.m365_management import CONNECTOR, Config
from schemas.observation import App

SETTINGS = Config(tenant_id="t", client_id="c", client_secret="env:X")
COPILOT = App(name="Microsoft Copilot", client_id="Copilot.MicrosoftCopilot.BizChat", publisher="Microsoft")


def parsed(kind, identity):
    record = {
        "RecordType": kind, "Operation": "AIAppInteraction", "CreationTime": "2026-11-20T09:12:00", "Id": "r1",
        "UserId": "alice@example.com", "AppIdentity": identity,
    }  # fmt: skip
    (found,) = CONNECTOR.parse(record, SETTINGS)
    return found


@pytest.mark.parametrize(
    ("kind", "identity", "app"),
    [
        (284, "AIApp.SaaS.Unheard Of", App(name="Unheard Of", client_id="AIApp.SaaS.Unheard Of")),
        ("AIAppInteraction", "AIApp.SaaS.ChatGPT", App(name="ChatGPT", client_id="AIApp.SaaS.ChatGPT")),
        ("284", None, None),
        (284, "Elsewhere.Group.Tool", App(name="Tool", client_id="Elsewhere.Group.Tool")),
        (328, "ConnectedAIApp.Entra.0c0c", App(client_id="0c0c")),
        (261, COPILOT.client_id, COPILOT),
        (261, None, App(name="Microsoft Copilot", publisher="Microsoft")),
    ],
)
def test_whose_product_a_record_names(kind, identity, app):
    assert parsed(kind, identity).app == app

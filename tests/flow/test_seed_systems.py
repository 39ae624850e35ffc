"""Each system the office asked about ends in the inventory, as a solution or a tool, from its own native records.

The records are the connectors' samples; they go through watched folders, the log, the classifier and the inventory,
once for all of these tests.
"""

import secrets

import pytest
from sqlalchemy import text

from services.kit.db import connect
from tests.flow.estate_of_samples import discovered

pytestmark = pytest.mark.xdist_group("seed systems")  # one worker discovers them, once


@pytest.fixture(scope="module")
async def estate(postgres):
    name = f"t_{secrets.token_hex(6)}"
    admin = connect(postgres.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"create database {name} template template1 strategy file_copy"))
    url = postgres.url().set(database=name).render_as_string(hide_password=False)
    async with discovered(url) as found:
        yield found
    async with admin.connect() as connection:
        await connection.execute(text(f"drop database {name} with (force)"))
    await admin.dispose()


def test_a_flow_built_in_power_automate_appears_as_a_solution_with_its_owner_and_connectors(estate):
    flow = estate.of("power_automate_flow")["Ticket triage"]
    assert flow["owner"] == estate.people["alice@example.com"]
    assert flow["connectors"] == ["Request", "OpenApiConnection"]
    assert (flow["tools"], flow["sharing"], flow["standing"]) == (["microsoft.power-automate"], "owner", "unregistered")
    listed = estate.of("power_automate_flow")["Invoices to ledger"]
    assert listed["connectors"] == ["sharepointonline", "openaiip"]
    assert len(listed["makers"]) == 2
    assert (listed["environment"], bool(listed["created_at"])) == ("Finance production", True)


def test_an_agent_built_in_copilot_studio_appears_as_a_solution_with_its_maker_sharing_and_last_run(estate):
    agent = estate.of("copilot_studio_agent")["Support agent"]
    assert agent["owner"] == estate.people["alice@example.com"]
    assert (agent["sharing"], agent["last_run"]) == ("everyone", "2026-11-20T09:11:00Z")
    assert "microsoft.copilot-studio" in agent["tools"]
    told = estate.of("copilot_studio_agent")["Invoice helper"]
    assert set(told["makers"]) == {estate.people["nadia.rahman@example.com"], estate.people["tan.wei@example.com"]}
    assert told["touches"] == ["https://example.sharepoint.com/sites/finance"]


def test_an_app_built_in_power_apps_appears_as_a_solution_with_its_owner_and_what_it_touches(estate):
    app = estate.of("power_app")["Purchase form"]
    assert app["owner"] == estate.people["nadia.rahman@example.com"]
    assert (app["connectors"], app["touches"]) == (["sharepointonline"], ["Purchase requests"])
    assert (app["sharing"], app["tools"]) == ("people: 3", ["microsoft.power-apps"])


def test_a_model_of_ai_builder_appears_as_a_solution_with_its_last_run(estate):
    model = estate.of("ai_builder_model")["Supplier invoices"]
    assert model["owner"] == estate.people["nadia.rahman@example.com"]
    assert (model["last_run"], model["tools"]) == ("2026-10-20T09:12:00Z", ["microsoft.ai-builder"])


def test_microsoft_copilot_appears_as_a_tool_and_an_agent_in_it_as_a_solution(estate):
    assert estate.tools["microsoft.copilot-m365"]["people"] > 0
    assert estate.of("copilot_agent")["Supplier drafts"]["tools"] == ["microsoft.copilot-m365"]


def test_chatgpt_visited_through_a_proxy_appears_as_a_tool(estate):
    tool = estate.tools["openai.chatgpt"]
    assert tool["verdict"] == "ai"
    assert tool["events"]["squid"] == 1


def test_a_gpt_and_an_agent_of_chatgpt_enterprise_appear_as_solutions_with_owner_makers_and_sharing(estate):
    gpt = estate.of("chatgpt_gpt")["Claims Helper"]
    assert gpt["owner"] == estate.people["mei.tan@example.com"]
    assert estate.people["raj.nair@example.com"] in gpt["makers"]
    assert (gpt["sharing"], gpt["connectors"]) == (
        "workspace-with-link", ["code_interpreter", "api.claims.example.com"]
    )  # fmt: skip
    assert estate.of("chatgpt_agent")["Claims Triage"]["last_run"] == "2026-11-20T05:20:02Z"


def test_gemini_appears_as_a_tool_of_the_workspace_and_a_workspace_flow_as_a_solution(estate):
    assert estate.tools["google.gemini-workspace"]["events"]["google_workspace"] > 0
    assert estate.tools["google.gemini"]["events"]["squid"] == 1
    flow = estate.of("google_workspace_flow")["Summarise new invoices"]
    assert flow["owner"] == estate.people["nadia.rahman@example.com"]
    assert flow["last_run"] == "2026-11-20T11:17:00Z"


def test_a_model_trained_with_automl_and_an_endpoint_of_vertex_ai_appear_as_solutions(estate):
    model = estate.of("automl_model")["invoice_sorter"]
    assert (model["environment"], model["touches"]) == ("example-ml/us-central1", ["TCN1"])
    assert model["last_run"] == "2026-11-20T11:18:00.123456Z"
    pipeline = estate.of("vertex_training_pipeline")["churn automl"]
    assert (pipeline["touches"], pipeline["tools"]) == (["7001"], ["google.vertex-ai"])


def test_an_app_built_in_appsheet_appears_as_a_solution_with_its_owner_and_tables(estate):
    app = estate.solutions["appsheet_app:5c1f0a6e-0000-4000-8000-000000000001"]
    assert app["owner"] == estate.people["nadia.rahman@example.com"]
    assert (app["touches"], app["last_run"], app["tools"]) == (
        ["Visits"], "2026-11-20T09:03:00Z", ["google.appsheet"]
    )  # fmt: skip


def test_a_base_of_airtable_with_ai_appears_as_a_solution_with_its_makers_and_connectors(estate):
    base = estate.of("airtable_base")["Vendor onboarding"]
    assert base["owner"] == estate.people["ana.lim@example.com"]
    assert estate.people["ben@example.com"] in base["makers"]
    assert (base["connectors"], base["sharing"], "airtable.ai" in base["tools"]) == (["SALESFORCE"], "link", True)


def test_a_zap_and_an_agent_of_zapier_appear_as_solutions_with_what_they_connect(estate):
    zap = estate.solutions["zapier_zap:00000000-0000-c000-8000-000000012345"]
    assert (zap["connectors"], zap["last_run"]) == (["Gmail", "ChatGPT (OpenAI)"], "2026-11-20T14:15:22Z")
    assert estate.of("zapier_agent")["Refund helper"]["owner"] == estate.people["chidi@example.com"]


def test_a_scenario_of_make_appears_as_a_solution_with_owner_maker_and_applications(estate):
    scenario = estate.of("make_scenario")["Reply to support mail"]
    assert scenario["owner"] == estate.people["ana.lim@example.com"]
    assert estate.people["ben@example.com"] in scenario["makers"]
    assert scenario["connectors"] == ["google-email", "openai-gpt-3"]


def test_a_deployment_of_datarobot_appears_as_a_solution_with_its_owner_and_environment(estate):
    deployment = estate.of("datarobot_deployment")["Churn scoring"]
    assert deployment["owner"] == estate.people["mei.tan@example.com"]
    assert (deployment["environment"], deployment["last_run"]) == ("AWS production", "2026-11-20T22:10:00Z")


def test_an_app_of_h2o_ai_cloud_appears_as_a_solution_with_its_owner(estate):
    app = estate.of("h2o_app")["app-7"]
    assert (app["owner"], app["tools"]) == (estate.people["mei.tan@example.com"], ["h2o.ai-cloud"])


def test_obviously_ai_which_has_no_log_appears_as_a_tool_by_the_proxy(estate):
    tool = estate.tools["obviously.ai"]
    assert (tool["verdict"], tool["people"], tool["events"]) == ("ai", 1, {"squid": 1})


def test_an_agent_of_salesforce_appears_as_a_solution_with_owner_and_maker(estate):
    agent = estate.of("salesforce_agent")["Refund desk"]
    assert agent["owner"] == estate.people["ana.lim@example.com"]
    assert estate.people["ben@example.com"] in agent["makers"]
    assert agent["tools"] == ["salesforce.agentforce"]


def test_ai_of_dynamics_appears_as_a_tool(estate):
    assert estate.tools["microsoft.dynamics-ai"]["events"]["dataverse"] > 0


def test_joule_and_ai_core_of_sap_appear_as_tools(estate):
    assert estate.tools["sap.joule"]["events"]["sap"] > 0
    assert estate.tools["sap.ai-core"]["events"]["sap"] > 0

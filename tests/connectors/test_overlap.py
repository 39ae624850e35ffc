"""Sources that tell the same of one tenant are named; those that don't are left alone."""

import pytest

from connectors.base import discover
from connectors.overlap import Standing, twice

APP = {"tenant_id": "T-1", "client_id": "app", "client_secret": "env:SECRET"}


def source(connector, pulled=True, **config):
    return Standing(f"our-{connector}", connector, APP | config, pulled)


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ([source("entra"), source("m365_management")], ["sign-ins and directory changes"]),
        ([source("purview"), source("m365_management", tenant_id="t-1 ")], ["DLP matches"]),
        ([source("entra"), source("purview")], []),
        ([source("entra"), source("m365_management", content_types="Audit.General")], []),
        ([source("entra", streams="permission_grants, applications"), source("m365_management")], []),
        ([source("entra"), source("m365_management", tenant_id="t-2")], []),
        ([source("entra"), source("m365_management", colour="red")], []),
        ([source("okta"), source("nothing")], []),
    ],
)
def test_what_is_told_twice(sources, told):
    found = twice(discover(), sources)
    assert [each.what for each in found] == [f"{what} of tenant t-1" for what in told]
    assert all(each.sources == tuple(one.id for one in sources) for each in found)
    assert all("our-m365_management" in str(each) for each in found)

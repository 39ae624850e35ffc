import dataclasses

import pytest

from services.inventory.service import service
from services.kit.errors import Misconfigured


@pytest.mark.parametrize("text", [None, "dormant_days = 0", "dormant_day = 9", "=", "\udcff"])
async def test_a_policy_that_can_t_be_read_stops_the_start(runtime, tmp_path, text):
    file = tmp_path / "policy.toml"
    if text is not None:
        file.write_bytes(text.encode(errors="surrogateescape"))
    settings = runtime.settings.model_copy(update={"policy": file})
    with pytest.raises(Misconfigured, match="PENUMBRA_POLICY"):
        service(dataclasses.replace(runtime, settings=settings))


async def test_the_service_stands_with_a_policy_of_its_own(runtime, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text("dormant_days = 30\n")
    made = service(dataclasses.replace(runtime, settings=runtime.settings.model_copy(update={"policy": file})))
    assert {"judge", "clocks", "usage", "people", "delivery"} <= set(made.loops)

"""`health` answers whatever is missing: that is what it is for."""

import shutil
from pathlib import Path

from tests.conftest import Call


def test_a_worker_whose_volume_is_there_is_healthy(call: Call) -> None:
    answer = call({"endpoint": "health"})
    assert answer["status"] == "healthy"
    assert answer["volume"]["free_bytes"] > 0


def test_a_worker_whose_volume_is_gone_is_degraded(call: Call, volume: Path) -> None:
    shutil.rmtree(volume)
    answer = call({"endpoint": "health"})
    assert answer["status"] == "degraded"
    assert answer["volume"] is None
    assert answer["storage"]["check"] == "the network volume is not there; attach it to the endpoint"
    assert not volume.exists()

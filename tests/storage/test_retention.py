import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from f5_worker.storage.retention import clean_up
from f5_worker.storage.volume import VolumeStore


def test_old_results_and_remains_go_and_the_rest_stays(tmp_path: Path) -> None:
    store = VolumeStore(tmp_path)
    hours = {"output/old.wav": 30, "output/new.wav": 1, "timings/old.srt": 25, "timings/new.srt": 23}
    for key, age in (hours | {"voices/old.json": 5000, "output/.old.wav.1.tmp": 25}).items():
        path = tmp_path / key
        path.parent.mkdir(exist_ok=True)
        path.touch()
        written = (datetime.now(UTC) - timedelta(hours=age)).timestamp()
        os.utime(path, (written, written))
    assert clean_up(store, 24) == 2
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"output/new.wav", "timings/new.srt", "voices/old.json"}


def test_an_empty_volume_is_no_trouble(tmp_path: Path) -> None:
    assert clean_up(VolumeStore(tmp_path), 24) == 0

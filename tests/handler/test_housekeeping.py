import asyncio
import os
from pathlib import Path

import pytest

from f5_worker.handler.housekeeping import Housekeeping
from f5_worker.storage.volume import VolumeStore
from f5_worker.voices.library import VoiceLibrary
from tests.recordings import recording


def tidied_up(folder: Path, hours: float) -> list[str]:
    """Run a volume with an old result and a borrowed voice through it; the files that are left."""
    store = VolumeStore(folder)
    voices = VoiceLibrary(store, folder / "cache", max_seconds=30, max_bytes=10_000_000)
    store.put("output/old.wav", b"speech", "audio/wav")
    os.utime(folder / "output" / "old.wav", (0, 0))
    with voices.borrow(recording(3), None) as voice:
        voices.keep(voice)

    async def after_a_job() -> None:
        housekeeping = Housekeeping((store,), voices, hours)
        housekeeping.after_job()
        assert housekeeping._running is not None
        await housekeeping._running

    asyncio.run(after_a_job())
    return sorted(path.parent.name for path in folder.rglob("*.wav"))


def test_results_go_after_their_hours_and_voices_stay(tmp_path: Path) -> None:
    assert tidied_up(tmp_path, hours=1) == ["cache"]


def test_without_hours_results_stay(tmp_path: Path) -> None:
    assert tidied_up(tmp_path, hours=0) == ["cache", "output"]


def test_copies_of_voices_go_when_they_take_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("f5_worker.voices.library.MAX_CACHED", 1)
    assert tidied_up(tmp_path, hours=0) == ["output"]

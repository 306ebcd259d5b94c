import os
from pathlib import Path

import pytest

from f5_worker.voices.cache import VoiceCache

WAVS = [bytes([number]) * 100 for number in range(4)]


@pytest.fixture
def cache(tmp_path: Path) -> VoiceCache:
    """Four recordings of 100 bytes with their transcripts, the first used longest ago."""
    cache = VoiceCache(tmp_path)
    for age, wav in enumerate(reversed(WAVS)):
        path = cache.keep(wav)
        cache.keep_transcript(path.stem, "as heard")
        os.utime(path, (1_000 - age, 1_000 - age))
    return cache


def kept(folder: Path) -> set[bytes]:
    assert {path.stem for path in folder.glob("*.txt")} == {path.stem for path in folder.glob("*.wav")}
    return {path.read_bytes() for path in folder.glob("*.wav")}


def test_the_recordings_used_last_stay(cache: VoiceCache, tmp_path: Path) -> None:
    cache.make_room(most_bytes=200)
    assert kept(tmp_path) == set(WAVS[2:])


def test_looking_a_recording_up_is_using_it(cache: VoiceCache, tmp_path: Path) -> None:
    cache.keep(WAVS[0])
    cache.make_room(most_bytes=200)
    assert kept(tmp_path) == {WAVS[0], WAVS[3]}


def test_nothing_goes_where_there_is_room(cache: VoiceCache, tmp_path: Path) -> None:
    cache.make_room(most_bytes=400)
    assert kept(tmp_path) == set(WAVS)


def test_what_a_killed_job_was_lent_goes_too(cache: VoiceCache, tmp_path: Path) -> None:
    abandoned = tmp_path / ".lent.wav"
    abandoned.write_bytes(WAVS[0])
    os.utime(abandoned, (0, 0))
    cache.make_room(most_bytes=400)
    assert not abandoned.exists()
    assert kept(tmp_path) == set(WAVS)


def test_a_folder_that_is_not_there_yet_needs_no_room(tmp_path: Path) -> None:
    VoiceCache(tmp_path / "not there").make_room(most_bytes=0)

"""What every store does alike, on the volume and in a bucket."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.storage import Store
from f5_worker.storage.retention import clean_up
from f5_worker.storage.s3 import S3Store
from f5_worker.storage.volume import VolumeStore
from tests.storage.buckets import bucket_settings


@pytest.fixture(params=["volume", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "volume":
        return VolumeStore(tmp_path)
    return S3Store(bucket_settings(request.getfixturevalue("endpoint")))


def test_what_is_put_is_read_whole_and_in_parts(store: Store) -> None:
    store.put("output/a.wav", b"0123456789", "audio/wav")
    assert store.read("output/a.wav") == b"0123456789"
    assert store.read("output/a.wav", 3, 4) == b"3456"
    assert store.read("output/a.wav", 8, 100) == b"89"
    assert store.read("output/a.wav", 10, 5) == b""
    assert store.read("output/a.wav", 2, 0) == b""
    assert store.read("output/a.wav", 7) == b"789"


def test_an_object_says_its_size_and_age(store: Store) -> None:
    store.put("output/a.wav", b"1234", "audio/wav")
    stored = store.stat("output/a.wav")
    assert (stored.key, stored.size) == ("output/a.wav", 4)
    assert stored.last_modified.tzinfo is UTC
    assert abs(stored.last_modified - datetime.now(UTC)) < timedelta(hours=1)


def test_listing_is_in_order_and_stays_in_the_folder(store: Store) -> None:
    for key in ("output/b.wav", "output/a.wav", "voices/c.wav", "output/d/e.wav"):
        store.put(key, b"x", "audio/wav")
    keys = [stored.key for stored in store.list("output/")]
    assert keys == ["output/a.wav", "output/b.wav", "output/d/e.wav"]
    assert list(store.list("timings/")) == []


def test_deleting_is_no_error_when_there_is_nothing(store: Store) -> None:
    store.put("output/a.wav", b"x", "audio/wav")
    store.delete("output/a.wav")
    store.delete("output/a.wav")
    assert list(store.list("output/")) == []


def test_what_is_not_there_is_not_found(store: Store) -> None:
    for ask in (store.stat, store.read):
        with pytest.raises(WorkerError) as caught:
            ask("output/none.wav")
        assert caught.value.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    "key",
    [
        *("../secret", "output/../../secret", "/etc/passwd", "output//a.wav", "", ".", "output/.hidden.tmp"),
        *("output/a\x00.wav", "output\\..\\a"),
        *("output/", "output/a b.wav", "output/é.wav", f"output/{201 * 'a'}"),
    ],
)  # fmt: skip
def test_keys_cannot_lead_out_of_the_root_or_hide(store: Store, tmp_path: Path, key: str) -> None:
    with pytest.raises(WorkerError) as caught:
        store.put(key, b"x", "audio/wav")
    assert caught.value.code is Code.INVALID_INPUT
    assert list(tmp_path.rglob("*")) == []


def test_old_results_go_and_voices_stay(store: Store) -> None:
    for key in ("output/a.wav", "timings/a.srt", "voices/a.wav"):
        store.put(key, b"x", "audio/wav")
    assert clean_up(store, 24, datetime.now(UTC) + timedelta(hours=23)) == 0
    assert clean_up(store, 24, datetime.now(UTC) + timedelta(hours=25)) == 2
    assert [stored.key for stored in store.list("voices/")] == ["voices/a.wav"]


def test_a_usable_store_checks_out(store: Store) -> None:
    assert store.check() == "ok"

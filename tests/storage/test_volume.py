import errno
import multiprocessing
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.storage.files import storage_errors
from f5_worker.storage.volume import VolumeStore


@pytest.fixture
def store(tmp_path: Path) -> VolumeStore:
    return VolumeStore(tmp_path / "the volume")


def test_the_url_is_a_quoted_file_url(store: VolumeStore) -> None:
    store.put("output/a.wav", b"1234", "audio/wav")
    url = store.url("output/a.wav", "a.wav")
    assert "the%20volume" in url
    assert urlsplit(url).scheme == "file"
    assert Path(unquote(urlsplit(url).path)).read_bytes() == b"1234"
    assert not store.presigned


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_a_failing_disk_leaves_the_old_file_and_nothing_else(
    store: VolumeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store.put("output/a.wav", b"old", "audio/wav")

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number), "/runpod-volume/output/secret-path")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WorkerError) as caught:
        store.put("output/a.wav", b"new", "audio/wav")
    assert caught.value.code is Code.STORAGE_FAILED
    assert os.strerror(number) in caught.value.message
    assert "secret-path" not in caught.value.message
    assert [path.name for path in (tmp_path / "the volume" / "output").iterdir()] == ["a.wav"]
    assert store.read("output/a.wav") == b"old"


def test_a_full_disk_is_a_storage_failure() -> None:
    with (
        pytest.raises(WorkerError) as caught,
        storage_errors("write"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert "No space left on device" in caught.value.message


def _write_until_killed(root: Path, ready: "multiprocessing.synchronize.Event") -> None:
    store = VolumeStore(root)
    size = 4_000_000
    while True:
        for letter in (b"a", b"b"):
            store.put("output/a.wav", letter * size, "audio/wav")
            ready.set()


def test_a_writer_killed_in_the_middle_leaves_a_whole_file(store: VolumeStore, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    for _ in range(2):
        ready.clear()
        writer = context.Process(target=_write_until_killed, args=(tmp_path / "the volume", ready))
        writer.start()
        assert ready.wait(60)
        assert writer.pid
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        data = store.read("output/a.wav")
        assert len(data) == 4_000_000
        assert data.strip(data[:1]) == b""
        assert [stored.key for stored in store.list("output/")] == ["output/a.wav"]


def test_many_writers_and_readers_of_one_key_see_whole_files(store: VolumeStore) -> None:
    store.put("output/a.wav", b"0" * 100_000, "audio/wav")
    torn: list[bytes] = []

    def write(letter: bytes) -> None:
        for _ in range(10):
            store.put("output/a.wav", letter * 100_000, "audio/wav")
            data = store.read("output/a.wav")
            if len(data) != 100_000 or data.strip(data[:1]):
                torn.append(data)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not torn


def test_only_old_temporary_files_are_discarded(store: VolumeStore, tmp_path: Path) -> None:
    store.put("voices/a.json", b"{}", "application/json")
    folder = tmp_path / "the volume" / "voices"
    old, young = folder / ".a.json.1.tmp", folder / ".a.json.2.tmp"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    store.discard_abandoned(datetime.now(UTC) - timedelta(hours=1))
    assert sorted(path.name for path in folder.iterdir()) == [young.name, "a.json"]
    assert [stored.key for stored in store.list("voices/")] == ["voices/a.json"]


def test_checking_a_volume_leaves_nothing_on_it(store: VolumeStore, tmp_path: Path) -> None:
    (tmp_path / "the volume").mkdir()
    assert store.check() == "ok"
    assert list((tmp_path / "the volume").iterdir()) == []


def test_an_unusable_volume_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    problem = VolumeStore(tmp_path / "file").check()
    assert "could not write" in problem
    assert str(tmp_path) not in problem


def test_a_volume_that_is_gone_is_not_made_anew(store: VolumeStore, tmp_path: Path) -> None:
    assert store.check() == "the network volume is not there; attach it to the endpoint"
    assert list(tmp_path.iterdir()) == []

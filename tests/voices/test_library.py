import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import soundfile

from f5_worker.audio import Samples
from f5_worker.audio.decoding import decode
from f5_worker.errors import Code, WorkerError
from f5_worker.storage.volume import VolumeStore
from f5_worker.voices.library import Voice, VoiceLibrary
from tests.conftest import files_in
from tests.recordings import recording

ANNA, BERT = recording(3, seed=1), recording(4, seed=2)


class Workers:
    """Several workers with one store; each has a library, and a cache, of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = VolumeStore(folder / "volume")

    def library(self, worker: str = "one") -> VoiceLibrary:
        return VoiceLibrary(self.store, self.folder / worker, max_seconds=30, max_bytes=10_000_000)

    def stored(self) -> list[str]:
        return [stored.key for stored in self.store.list("voices/")]

    def known(self) -> list[str]:
        return [stored.key for stored in self.store.list("recordings/")]


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    return Workers(tmp_path)


def add(library: VoiceLibrary, name: str, data: bytes, ref_text: str | None) -> Voice:
    with library.borrow(data, ref_text) as voice:
        return library.add(name, voice)


def borrowed(library: VoiceLibrary, data: bytes, ref_text: str | None) -> Voice:
    with library.borrow(data, ref_text) as voice:
        return voice


def same(one: Voice, other: Voice) -> bool:
    return (one.sha256, one.ref_text, one.duration) == (other.sha256, other.ref_text, other.duration)


def test_an_added_voice_is_there_for_every_worker(workers: Workers) -> None:
    added = add(workers.library("one"), "anna", ANNA, "Some call me nature.")
    found = workers.library("two").get("anna")
    assert same(added, found)
    assert added.name == found.name == "anna.wav"
    assert found.ref_text == "Some call me nature."
    assert (found.duration, found.sample_rate) == (3.0, 24_000)
    assert found.path.is_relative_to(workers.folder / "two")
    assert soundfile.info(found.path).frames == 3 * 24_000


def test_a_voice_is_a_wav_and_what_it_says_lies_elsewhere(workers: Workers) -> None:
    voice = add(workers.library(), "anna", ANNA, "words")
    assert workers.stored() == ["voices/anna.wav"]
    wav = workers.store.read("voices/anna.wav")
    assert hashlib.sha256(wav).hexdigest() == voice.sha256
    (record,) = workers.known()
    assert record == f"recordings/anna.wav/{voice.sha256}.json"
    assert json.loads(workers.store.read(record)) == {"text": "words", "is_given": True}


def test_a_voice_is_fetched_from_the_store_once(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    add(workers.library("one"), "anna", ANNA, None)
    library = workers.library("two")
    first = library.get("anna")
    read = workers.store.read

    def no_recordings(key: str, offset: int = 0, length: int | None = None) -> bytes:
        assert key.endswith(".json")
        return read(key, offset, length)

    monkeypatch.setattr(workers.store, "read", no_recordings)
    assert library.get("anna") == first


def test_a_voice_uploaded_again_is_the_new_one_everywhere(workers: Workers) -> None:
    one, two = workers.library("one"), workers.library("two")
    old = add(one, "anna", ANNA, "old words")
    assert same(two.get("anna"), old)
    new = add(one, "anna", BERT, "new words")
    assert not same(old, new)
    assert same(two.get("anna"), new)
    assert workers.stored() == ["voices/anna.wav"]


def test_the_same_recording_uploaded_again_has_the_new_words(workers: Workers) -> None:
    library = workers.library()
    add(library, "anna", ANNA, "old words")
    add(library, "anna", ANNA, "new words")
    assert workers.library("two").get("anna").ref_text == "new words"
    assert workers.stored() == ["voices/anna.wav"]


def test_two_voices_with_one_recording_keep_their_own_words(workers: Workers) -> None:
    add(workers.library(), "anna", ANNA, "her words")
    add(workers.library(), "anne", ANNA, "wrong words")
    assert workers.library("two").get("anna").ref_text == "her words"


def test_a_damaged_local_copy_is_replaced(workers: Workers) -> None:
    library = workers.library()
    voice = add(library, "anna", ANNA, None)
    whole = voice.path.read_bytes()
    voice.path.write_bytes(whole[:-100])
    assert library.get("anna").path.read_bytes() == whole


def test_the_cache_may_be_emptied_at_any_time(workers: Workers) -> None:
    library = workers.library()
    voice = add(library, "anna", ANNA, None)
    voice.path.unlink()
    assert library.get("anna") == voice
    assert voice.path.is_file()


@pytest.mark.parametrize("broken_off_at", [".wav", ".json"])
def test_an_upload_that_breaks_off_leaves_the_old_voice_whole(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, broken_off_at: str
) -> None:
    library = workers.library()
    old = add(library, "anna", ANNA, "old words")
    before = workers.stored()
    put = workers.store.put

    def breaks(key: str, data: bytes, content_type: str) -> str:
        if key.endswith(broken_off_at):
            raise WorkerError(Code.STORAGE_FAILED, "the disk is full")
        return put(key, data, content_type)

    with monkeypatch.context() as patched, pytest.raises(WorkerError):
        patched.setattr(workers.store, "put", breaks)
        add(library, "anna", BERT, "new words")
    assert same(workers.library("two").get("anna"), old)
    assert workers.stored() == before


def test_a_worker_killed_between_its_two_writes_leaves_the_old_voice_whole(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    library = workers.library()
    old = add(library, "anna", ANNA, "old words")
    put = workers.store.put

    def dies(key: str, data: bytes, content_type: str) -> str:
        if key.endswith(".wav"):
            raise Killed
        return put(key, data, content_type)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(workers.store, "put", dies)
        add(library, "anna", BERT, "new words")
    assert same(workers.library("two").get("anna"), old)


def test_of_uploads_at_once_one_wins_whole_and_readers_always_see_one(workers: Workers) -> None:
    uploads = {f"words of {seed}": recording(1 + seed / 10, seed=seed) for seed in range(3)}
    whole = {
        (voice.sha256, words)
        for words, data in uploads.items()
        for voice in [borrowed(workers.library("reference"), data, words)]
    }
    add(workers.library(), "anna", *reversed(next(iter(uploads.items()))))
    seen: list[tuple[str, str]] = []

    def upload(words: str) -> None:
        for _ in range(8):
            add(workers.library(words), "anna", uploads[words], words)

    def read(times: int) -> None:
        for _ in range(times):
            voice = workers.library("reader").get("anna")
            seen.append((voice.sha256, voice.ref_text))

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(read, 20), *(pool.submit(upload, words) for words in uploads)]
    for finished in running:
        finished.result()
    read(1)
    assert set(seen) <= whole


def test_a_borrowed_voice_is_not_stored_and_is_gone_after_its_block(workers: Workers) -> None:
    library = workers.library()
    with library.borrow(ANNA, "words") as voice:
        assert (voice.name, voice.ref_text) == ("url", "words")
        assert soundfile.info(voice.path).frames == 3 * 24_000
    assert files_in(workers.folder) == set()
    assert list(library.list()) == []


def test_a_borrowed_voice_that_is_refused_leaves_nothing(workers: Workers) -> None:
    with pytest.raises(WorkerError), workers.library().borrow(ANNA, "words"):
        raise WorkerError(Code.VOICE_REJECTED, "the engine cannot use it")
    assert files_in(workers.folder) == set()


def test_a_voice_refused_elsewhere_keeps_the_copy_that_others_use(workers: Workers) -> None:
    library = workers.library()
    anna = add(library, "anna", ANNA, None)
    with pytest.raises(WorkerError), library.borrow(ANNA, "other words"):
        raise WorkerError(Code.VOICE_REJECTED, "the words do not fit")
    assert anna.path.is_file()


def test_a_kept_voice_outlasts_its_block_with_the_same_bytes(workers: Workers) -> None:
    library = workers.library()
    with library.borrow(ANNA, "words") as voice:
        wav, kept = voice.path.read_bytes(), library.keep(voice)
    assert same(kept, voice)
    assert kept.path.read_bytes() == wav
    assert list(library.list()) == []


def test_a_recording_is_decoded_once_to_be_judged_and_stored(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def counted(data: bytes, most_seconds: float) -> tuple[Samples, int]:
        decoded.append(len(data))
        return decode(data, most_seconds)

    monkeypatch.setattr("f5_worker.voices.recording.decode", counted)
    with workers.library().borrow(ANNA, "words") as voice:
        workers.library().add("anna", voice)
    assert decoded == [len(ANNA)]


def test_what_was_heard_is_known_for_the_recording_wherever_it_comes_from(workers: Workers) -> None:
    library = workers.library()
    library.set_ref_text(borrowed(library, ANNA, None), "Ich bin Anna. \N{SNOWMAN}")
    assert borrowed(library, ANNA, None).ref_text == "Ich bin Anna. \N{SNOWMAN}"
    assert borrowed(library, ANNA, "as given").ref_text == "as given"
    assert borrowed(library, BERT, None).ref_text == ""
    add(library, "anna", ANNA, None)
    assert library.get("anna").ref_text == "Ich bin Anna. \N{SNOWMAN}"
    assert next(library.list()).transcript == "Ich bin Anna. \N{SNOWMAN}"
    add(library, "anna", BERT, None)
    assert library.get("anna").ref_text == ""


def test_the_list_is_in_order_of_name(workers: Workers) -> None:
    library = workers.library()
    add(library, "bert", BERT, None)
    add(library, "anna-2", ANNA, None)
    add(library, "anna", ANNA, "words")
    listed = list(library.list())
    assert [voice.name for voice in listed] == ["anna-2.wav", "anna.wav", "bert.wav"]
    assert (listed[1].transcript, listed[1].duration, listed[1].size) == ("words", 3.0, 44 + 3 * 24_000 * 2)
    assert datetime.fromisoformat(listed[0].last_modified).utcoffset() == timedelta(0)


def test_a_voice_that_is_not_there_names_the_nearest(workers: Workers) -> None:
    library = workers.library()
    for name in ("anna", "annabel", "bert"):
        add(library, name, ANNA, None)
    with pytest.raises(WorkerError) as caught:
        library.get("ana")
    assert caught.value.code is Code.VOICE_NOT_FOUND
    assert "3 voices are stored" in caught.value.message
    assert "the nearest are anna.wav, annabel.wav" in caught.value.message
    with pytest.raises(WorkerError, match="list_voices lists them"):
        library.get("zzz")


def test_a_voice_that_is_not_there_when_there_are_none_says_so(workers: Workers) -> None:
    with pytest.raises(WorkerError) as caught:
        workers.library().get("anna")
    assert caught.value.code is Code.VOICE_NOT_FOUND
    assert "no voice is stored yet" in caught.value.message


BAD_NAMES = [
    *("", ".", "..", "../anna", "/anna", "team/", "team//anna", "team/../../anna", "team/.anna", ".anna.wav"),
    *("a\\b", "a\nb", "a\x00", "a\u2028b", "a\ud800", "anna\u202evaw.exe", 201 * "a", "\N{SNOWMAN}" * 67),
    *("/".join(["team"] * 200), " ", "team/ /anna"),
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_are_no_names_are_refused_and_leave_nothing(
    workers: Workers, tmp_path: Path, name: str
) -> None:
    library = workers.library()
    for use in (lambda: add(library, name, ANNA, None), lambda: library.get(name)):
        with pytest.raises(WorkerError) as caught:
            use()
        assert caught.value.code is Code.INVALID_INPUT
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("data", [b"", b"text", ANNA[:-5000], recording(0.2)])
def test_a_rejected_recording_leaves_nothing(workers: Workers, tmp_path: Path, data: bytes) -> None:
    library = workers.library()
    for use in (lambda: add(library, "anna", data, "words"), lambda: borrowed(library, data, "words")):
        with pytest.raises(WorkerError) as caught:
            use()
        assert caught.value.code is Code.VOICE_REJECTED
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"text": 1}', b"\xff\xfe"])
def test_a_damaged_record_counts_as_no_transcript_and_can_be_replaced(
    workers: Workers, content: bytes
) -> None:
    voice = add(workers.library(), "anna", ANNA, "words")
    workers.store.put(f"recordings/anna.wav/{voice.sha256}.json", content, "application/json")
    assert workers.library("two").get("anna").ref_text == ""
    add(workers.library(), "anna", ANNA, "words")
    assert workers.library("two").get("anna").ref_text == "words"


def test_a_recording_that_was_damaged_in_the_store_is_not_spoken_with(workers: Workers) -> None:
    add(workers.library("one"), "anna", ANNA, "words")
    workers.store.put("voices/anna.wav", ANNA[:-5000], "audio/wav")
    with pytest.raises(WorkerError, match="ends before its own header says") as caught:
        workers.library("one").get("anna")
    assert caught.value.code is Code.VOICE_REJECTED


def test_another_recording_put_over_an_upload_does_not_speak_with_its_words(workers: Workers) -> None:
    one = workers.library("one")
    add(one, "anna", ANNA, "words")
    workers.store.put("voices/anna.wav", BERT, "audio/wav")
    assert (one.get("anna").duration, one.get("anna").ref_text) == (4.0, "")

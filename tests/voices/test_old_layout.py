"""Voices that lie below `voices/` because somebody put them there, on the volume and in a bucket."""

import unicodedata
from itertools import islice
from pathlib import Path

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.storage import Store
from f5_worker.storage.s3 import S3Store
from f5_worker.storage.volume import VolumeStore
from f5_worker.voices.library import VoiceLibrary
from tests.recordings import as_file, recording, speechlike
from tests.storage.buckets import bucket_settings

ZOE_NFC, ZOE_NFD = (unicodedata.normalize(form, "Zoë.wav") for form in ("NFC", "NFD"))
WAV = recording(3)
VOICES = {
    "Kurt_12s.wav": recording(12, 8_000),
    "Kurt_12s.txt": b"\xef\xbb\xbfIch bin Kurt,\r\n  zw\xc3\xb6lf Sekunden lang.\n",
    "my voice.wav": WAV,
    "team/anna.wav": recording(4),
    "team/anna.txt": b"This is Anna.",
    "team/\N{HIRAGANA LETTER A}/b.FLAC": as_file(speechlike(2), container="FLAC"),
    "both.mp3": as_file(speechlike(5), container="MP3"),
    "both.wav": recording(6),
    "five minutes.wav": recording(300, 8_000),
    "Dr. No.ogg": as_file(speechlike(2), container="OGG"),
    ZOE_NFD: recording(7),
    "notes.md": b"no voice",
    "lonely.txt": b"no voice",
    "broken.wav": b"no audio",
    "anna.json": b"{}",
}


@pytest.fixture(params=["volume", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "volume":
        return VolumeStore(tmp_path / "volume")
    return S3Store(bucket_settings(request.getfixturevalue("endpoint")))


@pytest.fixture
def library(store: Store, tmp_path: Path) -> VoiceLibrary:
    for name, data in VOICES.items():
        store.put(f"voices/{name}", data, "application/octet-stream")
    return fresh(store, tmp_path)


def fresh(store: Store, folder: Path, worker: str = "one") -> VoiceLibrary:
    return VoiceLibrary(store, folder / worker, max_seconds=120, max_bytes=2_000_000)


@pytest.mark.parametrize(
    ("asked", "name", "seconds"),
    [
        ("Kurt_12s.wav", "Kurt_12s.wav", 12),
        ("Kurt_12s", "Kurt_12s.wav", 12),
        ("my voice.wav", "my voice.wav", 3),
        ("my voice", "my voice.wav", 3),
        ("team/anna.wav", "team/anna.wav", 4),
        ("team/anna", "team/anna.wav", 4),
        ("team/\N{HIRAGANA LETTER A}/b", "team/\N{HIRAGANA LETTER A}/b.FLAC", 2),
        ("both", "both.wav", 6),
        ("both.mp3", "both.mp3", 5),
        ("Dr. No", "Dr. No.ogg", 2),
        (ZOE_NFC, ZOE_NFD, 7),
        (ZOE_NFD, ZOE_NFD, 7),
        (ZOE_NFC.removesuffix(".wav"), ZOE_NFD, 7),
        ("five minutes.wav", "five minutes.wav", 120),
    ],
)
def test_a_voice_is_found_with_and_without_its_ending(
    library: VoiceLibrary, asked: str, name: str, seconds: float
) -> None:
    voice = library.get(asked)
    assert voice.name == name
    assert voice.duration == pytest.approx(seconds, abs=0.06)


@pytest.mark.parametrize("asked", ["kurt_12s", "Kurt", "anna", "lonely", "notes.md", "team", "both.ogg"])
def test_what_is_not_the_name_of_a_voice_is_not_found(library: VoiceLibrary, asked: str) -> None:
    with pytest.raises(WorkerError, match="10 voices are stored") as caught:
        library.get(asked)
    assert caught.value.code is Code.VOICE_NOT_FOUND


def test_what_is_no_recording_is_refused_when_it_is_used(library: VoiceLibrary) -> None:
    with pytest.raises(WorkerError, match="cannot be decoded") as caught:
        library.get("broken")
    assert caught.value.code is Code.VOICE_REJECTED


def test_the_text_beside_a_recording_is_its_transcript(library: VoiceLibrary) -> None:
    assert library.get("Kurt_12s").ref_text == "Ich bin Kurt, zwölf Sekunden lang."
    assert library.get("team/anna.wav").ref_text == "This is Anna."
    assert library.get("my voice").ref_text == ""


@pytest.mark.parametrize("data", [b"", b" \n", "Grüße".encode("latin-1")])
def test_a_text_that_says_nothing_is_none(library: VoiceLibrary, store: Store, data: bytes) -> None:
    store.put("voices/my voice.txt", data, "text/plain")
    assert library.get("my voice").ref_text == ""


def test_what_was_heard_is_known_to_the_next_worker_until_somebody_writes_it_down(
    library: VoiceLibrary, store: Store, tmp_path: Path
) -> None:
    before = {stored.key for stored in store.list("voices/")}
    library.set_ref_text(library.get("my voice"), "as heard")
    assert fresh(store, tmp_path, "two").get("my voice.wav").ref_text == "as heard"
    assert {stored.key for stored in store.list("voices/")} == before
    store.put("voices/my voice.txt", b"as written", "text/plain")
    assert library.get("my voice").ref_text == "as written"


def test_what_was_heard_is_no_loss_where_nothing_can_be_written(
    library: VoiceLibrary, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(key: str, data: bytes, content_type: str) -> str:
        raise WorkerError(Code.STORAGE_FAILED, "AccessDenied")

    monkeypatch.setattr(store, "put", refuses)
    library.set_ref_text(library.get("my voice"), "as heard")
    assert library.get("my voice").ref_text == "as heard"


def test_a_recording_that_somebody_replaced_is_judged_anew(library: VoiceLibrary, store: Store) -> None:
    library.set_ref_text(library.get("my voice"), "old words")
    store.put("voices/my voice.wav", recording(5), "audio/wav")
    assert (library.get("my voice").duration, library.get("my voice").ref_text) == (5.0, "")


def upload(library: VoiceLibrary, name: str, data: bytes, ref_text: str | None) -> None:
    with library.borrow(data, ref_text) as voice:
        library.add(name, voice)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("new", "new.wav"),
        ("new.wav", "new.wav"),
        ("new.WAV", "new.WAV"),
        ("new.mp3", "new.mp3.wav"),
        ("team/new one", "team/new one.wav"),
        (ZOE_NFC, ZOE_NFD),
        ("Kurt_12s", "Kurt_12s.wav"),
    ],
)
def test_an_upload_is_found_by_the_name_it_was_given(
    library: VoiceLibrary, store: Store, tmp_path: Path, name: str, key: str
) -> None:
    upload(library, name, recording(9), "new words")
    for reader in (library, fresh(store, tmp_path, "two")):
        voice = reader.get(name)
        assert (voice.name, voice.duration, voice.ref_text, voice.warnings) == (key, 9.0, "new words", ())
    names = [listed.name for listed in library.list()]
    assert names.count(key) == 1
    assert len(names) == (10 if key in VOICES else 11)


def test_an_upload_without_words_does_not_take_those_of_what_it_replaces(library: VoiceLibrary) -> None:
    upload(library, "Kurt_12s.wav", recording(9), None)
    assert library.get("Kurt_12s").ref_text == ""


def test_the_list_has_every_voice_by_its_stored_name_with_size_and_time(library: VoiceLibrary) -> None:
    listed = list(library.list())
    others = {"notes.md", "lonely.txt", "anna.json", "Kurt_12s.txt", "team/anna.txt"}
    assert [voice.name for voice in listed] == sorted(VOICES.keys() - others)
    assert {voice.name: voice.size for voice in listed} == {
        name: len(data) for name, data in VOICES.items() if name not in others
    }
    assert {voice.name: voice.text_file for voice in listed if voice.text_file} == {
        "Kurt_12s.wav": "Kurt_12s.txt",
        "team/anna.wav": "team/anna.txt",
    }
    assert all(voice.duration is None for voice in listed)
    library.get("my voice")
    assert [voice.name for voice in library.list() if voice.duration == 3.0] == ["my voice.wav"]


def test_thousands_are_listed_without_opening_any(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(bucket_settings(endpoint))
    for number in range(2_500):
        store.put(f"voices/{number:04}.wav", b"", "audio/wav")
    asked: list[str] = []
    store._client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    library = fresh(store, tmp_path)
    names = [listed.name for listed in library.list()]
    assert names == [f"{number:04}.wav" for number in range(2_500)]
    assert asked == ["ListObjectsV2"] * 3
    asked.clear()
    assert pages(library, 400) == names
    assert asked == ["ListObjectsV2"] * 7


def pages(library: VoiceLibrary, size: int) -> list[str]:
    names: list[str] = []
    while True:
        page = [voice.name for voice in islice(library.list(names[-1] if names else ""), size)]
        names += page
        if len(page) < size:
            return names

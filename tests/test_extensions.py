"""A format, an engine, an aligner and a store from outside the package: one file and one line each."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ENGINE = """
from f5_worker.speech.espeak import EspeakEngine

class Engine(EspeakEngine):
    name = "outside_engine"
"""
ALIGNER = """
from f5_worker.timing.engine import EngineAligner

class Aligner(EngineAligner):
    name = "outside_aligner"
    needs_warning = True
    def time(self, speech, spans, language, control):
        from dataclasses import replace
        timings = super().time(speech, spans, language, control)
        return [replace(t, words=tuple(replace(w, method=self.name) for w in t.words)) for t in timings]
"""
STORE = """
from f5_worker.storage.volume import VolumeStore

class Store(VolumeStore):
    name = "outside_store"
    @classmethod
    def open(cls, settings):
        return cls(settings.volume / "outside")
    def check(self):
        return "ok"
"""
FORMAT = """
def write(transcript, options):
    return "\\n".join(word.token.text for word in transcript.words)
"""
FILES = {"engine": ENGINE, "aligner": ALIGNER, "store": STORE, "format": FORMAT}

# The four lines of the catalog, then everything that a caller or an operator sees of the four.
PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from f5_worker import catalog
catalog.ENGINES["outside_engine"] = "outside_engine:Engine"
catalog.ALIGNERS["outside_aligner"] = "outside_aligner:Aligner"
catalog.STORES = {"outside_store": catalog.StorePart("outside_store:Store")} | catalog.STORES
catalog.SUBTITLE_FORMATS["outside"] = catalog.SubtitlePart("text/x-outside", "outside_format:write")
catalog.AUDIO_FORMATS["aiff"] = catalog.AudioPart("audio/aiff", "AIFF", "PCM_16")

from f5_worker.handler.worker import Worker
from f5_worker.rules import rule_of
from f5_worker.schemas import DownloadRequest, TtsRequest
from f5_worker.services import warm_up
from f5_worker.settings import Settings

volume = Path(sys.argv[1])
settings = Settings.model_validate({"RUNPOD_VOLUME": volume, "TTS_ENGINE": "outside_engine"})
worker = Worker(warm_up(settings))

def ask(job, **fields):
    return asyncio.run(worker.handle({"id": job, "input": fields}))

tts = {"text": "Hello there.", "return_word_timings": True, "timing_format": "OUTSIDE",
       "timing_method": "outside_aligner", "audio_format": "aiff"}
print(json.dumps({
    "tts": ask("a", **tts),
    "timing": ask("b", endpoint="download", job_id="a", type="timing", format="outside"),
    "audio": ask("c", endpoint="download", job_id="a"),
    "wrong": [ask("d", text="Hi.", **{name: "no"})["error"]
              for name in ("timing_format", "audio_format", "timing_method")],
    "health": ask("e", endpoint="health"),
    "rules": [rule_of(TtsRequest.model_fields[name])
              for name in ("timing_format", "audio_format", "timing_method")]
             + [rule_of(DownloadRequest.model_fields["format"])],
    "settings": [Settings.model_fields[name].description for name in ("engine",)] + [settings.timing_methods],
    "files": sorted(str(path.relative_to(volume)) for path in volume.rglob("?.*")),
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    outside, volume = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("volume")
    for name, source in FILES.items():
        (outside / f"outside_{name}.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(volume)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{ROOT}:{outside}", "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_one_file_and_one_line_are_enough(seen: dict[str, object]) -> None:
    """Whatever did not follow from the line is another place that would have to change."""
    missing = {place: what for place, what, is_there in places(seen) if not is_there}
    assert missing == {}, json.dumps(seen, indent=1)


def places(seen: dict[str, object]) -> list[tuple[str, str, bool]]:
    told: dict[str, dict[str, object]] = seen  # type: ignore[assignment]
    tts, health = told["tts"], told["health"]
    names = ("outside", "aiff", "outside_aligner")
    wrong, rules, settings = (list(map(str, told[name])) for name in ("wrong", "rules", "settings"))
    return [
        ("endpoints/tts.py", "the engine speaks", tts.get("engine") == "outside_engine"),
        ("timing/", "the aligner times", tts.get("timing_method") == "outside_aligner"),
        ("timing/", "its use is told", "outside_aligner" in str(tts.get("warnings"))),
        ("subtitles/", "the format is written", "outside" in str(tts.get("timing_files"))),
        (
            "storage/",
            "the store takes results",
            told["files"]
            == [f"outside/{name}" for name in ("output/a.aiff", "timings/a.outside", "words/a.words")],
        ),
        ("storage/keys.py", "subtitle type", told["timing"].get("content_type") == "text/x-outside"),
        ("storage/keys.py", "audio type", told["audio"].get("content_type") == "audio/aiff"),
        ("errors", "every sentence names them", all(map(str.__contains__, wrong, names))),
        ("API.md", "every rule names them", all(map(str.__contains__, rules, (*names, "outside")))),
        (
            "settings.py",
            "both name them",
            "outside_engine" in settings[0] and "outside_aligner" in settings[1],
        ),
        ("health", "the engine", "outside_engine" in str(health["engine"])),
        ("health", "the aligner", "outside_aligner" in str(health["aligners"])),
        ("health", "the store", "outside_store" in str(health["storage"])),
    ]

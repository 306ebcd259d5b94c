"""The f5 engine through the real SDK, on tiny models: upload of a voice, speech with it, download."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from testing.corpus import person
from testing.platform.server import Platform
from testing.platform.worker_process import ROOT, run_worker, serving, worker_environment
from testing.tiny_models import TinyModels, make_models
from tests.conftest import files_in
from tests.platform.endpoint import Endpoint, completed, failed, local_path, result_files

TTS = {"text": "Hello there, world.", "nfe_step": 4, "seed": 3}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    return make_models(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def f5(models: TinyModels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    volume = tmp_path_factory.mktemp("volume")
    with (
        Platform() as platform,
        serving(platform, volume, "f5", **models.environment()) as worker,
    ):
        yield Endpoint(platform, worker, volume)
        assert platform.violations == []


def as_wav(samples: np.ndarray, rate: int = 24_000) -> str:
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format="WAV", subtype="PCM_16")
    return base64.b64encode(target.getvalue()).decode()


def test_test_input_json_runs_in_the_sdk_s_local_mode(
    models: TinyModels, volume: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_input.json").write_text((ROOT / "test_input.json").read_text())
    done = run_worker([], worker_environment(volume, **models.environment()), tmp_path)
    assert done.returncode == 0, done
    job_id = json.loads((ROOT / "test_input.json").read_text())["id"]
    assert f"output/{job_id}.wav" in result_files(volume)


def test_a_voice_is_uploaded_spoken_with_and_downloaded(f5: Endpoint) -> None:
    data = base64.b64encode(person.recording()).decode()
    voice = f5.completed(
        {"endpoint": "upload", "voice_name": "nature", "voice_data": data, "ref_text": person.TEXT}
    )["voice"]
    assert voice["transcript"] == person.TEXT
    answer = f5.completed(TTS | {"local_voice": "nature"}, "cloned")
    assert (answer["engine"], answer["voice"], answer["seed"]) == ("f5", "nature.wav", 3)
    audio = local_path(answer["audio_url"]).read_bytes()
    part = f5.completed({"endpoint": "download", "job_id": "cloned"})
    assert base64.b64decode(part["audio_data"]) == audio
    assert soundfile.info(io.BytesIO(audio)).duration == pytest.approx(answer["duration"], abs=1e-3)


def test_jobs_at_once_give_the_bytes_that_they_give_alone(f5: Endpoint) -> None:
    jobs = [TTS | {"seed": seed, "text": f"{TTS['text']} [pause:0.2s] And {seed}."} for seed in range(3)]
    alone = [local_path(f5.completed(job)["audio_url"]).read_bytes() for job in jobs]
    ids = [f5.platform.submit(job) for job in jobs * 2]
    together = [local_path(completed(f5.platform, job_id)["audio_url"]).read_bytes() for job_id in ids]
    assert together == alone * 2
    assert len(set(alone)) == 3


LONG = np.tile(np.sin(np.arange(24_000 * 15) / 20) * 0.3, 1)
QUIET_BUT_FOR_A_CLICK = np.where(np.arange(24_000 * 2) < 2400, 0.5 * np.sin(np.arange(24_000 * 2) / 9), 0)


@pytest.mark.parametrize(
    ("samples", "ref_text", "code", "named"),
    [
        (QUIET_BUT_FOR_A_CLICK, person.TEXT, "VOICE_REJECTED", "0.1 s of speech"),
        (LONG[: 24_000 * 3], "word " * 60, "VOICE_REJECTED", "nobody says"),
        (LONG[: 24_000 * 3], None, "VOICE_REJECTED", "WHISPER_MODEL is none; give ref_text"),
    ],
    ids=["no speech", "too much text", "no text"],
)
def test_a_voice_that_the_model_cannot_use_is_refused_when_it_is_uploaded(
    f5: Endpoint, samples: np.ndarray, ref_text: str | None, code: str, named: str
) -> None:
    before = files_in(f5.volume)
    upload = {"endpoint": "upload", "voice_name": "bad", "voice_data": as_wav(samples)}
    job_id = f5.platform.submit(upload | ({"ref_text": ref_text} if ref_text else {}))
    error = failed(f5.platform, job_id)
    assert error.startswith(f"{code}: ")
    assert named in error
    assert files_in(f5.volume) == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"F5_CHECKPOINT": "/nowhere.safetensors"},
            "F5_CHECKPOINT: there is no file /nowhere.safetensors",
        ),
        ({"F5_MODEL": "F5TTS_v9"}, "F5_MODEL is 'F5TTS_v9'; it must be one of"),
    ],
)
def test_a_model_that_cannot_be_loaded_ends_the_worker_with_one_sentence(
    models: TinyModels, volume: Path, tmp_path: Path, wrong: dict[str, str], sentence: str
) -> None:
    environment = worker_environment(volume, **models.environment() | wrong)
    done = run_worker(["--test_input", json.dumps({"input": TTS})], environment, tmp_path)
    assert done.returncode == 1
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr

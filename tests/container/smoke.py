"""The image as RunPod runs it: what it needs, what it does without, and how it ends.

Run by ./run_tests.sh container. The embedded voice speaks, so that no model is needed; the environment
on the volume is the base profile's, built there because the image's own is hidden from these runs.
"""

import json
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from testing.platform.server import Platform
from tests.container.conftest import FIGURES, IMAGE
from tests.container.engine import ROOT, Ended, Engine
from tests.container.volumes import loop_volume

EMBEDDED = ("-e", "WORKER_PROFILE=base", "-e", "TTS_ENGINE=espeak")
ALIGNER = "/worker/testing/corpus/tiny_aligner"
MODELS = "/runpod-volume/tiny"  # of random weights: what they speak is noise, but they do all the steps
F5 = {
    "F5_MODEL": f"{MODELS}/Tiny.yaml",
    "F5_CHECKPOINT": f"{MODELS}/model.safetensors",
    "F5_VOCODER": f"{MODELS}/vocos",
    "WHISPER_MODEL": "none",
    "ALIGN_MODEL": ALIGNER,
}
MAKE_MODELS = f"import pathlib, testing.tiny_models as tiny; tiny.make_models(pathlib.Path({MODELS!r}))"
NEED = 12e9  # bytes on the disk, for the runtime profile's environment while it is built
ON_VOLUME = (*EMBEDDED, "-e", "WORKER_BUILT_IN=")
OFFLINE = ("--network", "none")
ONLINE = ("--network", "host")


def mounted(volume: Path, mode: str = "rw") -> tuple[str, ...]:
    return ("-v", f"{volume}:/runpod-volume:{mode}")


def results(volume: Path) -> set[str]:
    """The files of finished jobs."""
    found = (path for name in ("output", "timings") for path in (volume / name).rglob("*"))
    return {str(path.relative_to(volume)) for path in found if path.is_file()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(url: str, job: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(job).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


@pytest.fixture(scope="session")
def built(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A volume on which a first container has built the environment and done one job."""
    volume = tmp_path_factory.mktemp("volume")
    ended = engine.ended(image, [*ONLINE, *ON_VOLUME, *mounted(volume)])
    assert ended.status == 0, ended.output
    FIGURES["first start, environment built"] = f"{ended.seconds:.1f} s"
    return volume


def test_a_change_of_code_rebuilds_no_layer_of_packages(engine: Engine, image: str, tmp_path: Path) -> None:
    context = tmp_path / "context"
    ignored = shutil.ignore_patterns(".*", "runpod-volume", "__pycache__")
    shutil.copytree(ROOT, context, ignore=ignored)
    with (context / "f5_worker" / "__init__.py").open("a") as module:
        module.write("# changed\n")
    FIGURES["image build, code changed"] = f"{engine.build_image(f'{IMAGE}:changed', context):.1f} s"
    started = engine.ended(f"{IMAGE}:changed", [*OFFLINE, *EMBEDDED])
    assert "/runpod-volume does not exist" in started.sentence


def test_the_example_job_runs_without_a_network(engine: Engine, image: str, tmp_path: Path) -> None:
    ended = engine.ended(image, [*OFFLINE, *EMBEDDED, *mounted(tmp_path)])
    assert ended.status == 0, ended.output
    assert results(tmp_path) == {"output/hello.wav", "timings/hello.srt"}
    assert all(
        part in ended.output for part in ('"ready"', '"environment"', '"imports"', '"engine"', '"total"')
    )
    FIGURES["start to result, image only"] = f"{ended.seconds:.1f} s"


def test_an_environment_on_the_volume_is_used_again_without_a_network(
    engine: Engine, image: str, built: Path
) -> None:
    ended = engine.ended(image, [*OFFLINE, *ON_VOLUME, *mounted(built)])
    assert ended.status == 0, ended.output
    assert "reusing /runpod-volume/venvs/" in ended.output
    FIGURES["start to result, volume reused"] = f"{ended.seconds:.1f} s"


def test_two_at_once_build_once(engine: Engine, image: str, tmp_path: Path) -> None:
    ended: list[Ended] = []

    def start() -> None:
        ended.append(engine.ended(image, [*ONLINE, *ON_VOLUME, *mounted(tmp_path)]))

    starts = [threading.Thread(target=start) for _ in range(2)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert [one.status for one in ended] == [0, 0], ended
    assert sum("building the environment" in one.output for one in ended) == 1
    assert sum("waiting for" in one.output for one in ended) == 1


def test_no_volume_ends_with_its_name_and_the_cure(engine: Engine, image: str) -> None:
    ended = engine.ended(image, [*OFFLINE, *EMBEDDED])
    assert ended.status == 1
    assert "/runpod-volume does not exist: attach a network volume" in ended.sentence


def test_a_read_only_volume_without_an_environment_is_refused(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    ended = engine.ended(image, [*OFFLINE, *ON_VOLUME, *mounted(tmp_path, "ro")])
    assert ended.status == 1
    assert "Read-only file system" in ended.sentence


def test_a_read_only_volume_with_an_environment_asks_for_a_bucket(
    engine: Engine, image: str, built: Path
) -> None:
    ended = engine.ended(image, [*OFFLINE, *ON_VOLUME, *mounted(built, "ro")])
    assert ended.status == 1
    assert "set S3_BUCKET" in ended.sentence


@pytest.mark.usefixtures("mounting")
def test_a_volume_too_small_for_the_environment_is_refused_with_both_numbers(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    with loop_volume(tmp_path, megabytes=64) as volume:
        ended = engine.ended(image, [*OFFLINE, *ON_VOLUME, *mounted(volume.path)])
    assert ended.status == 1
    assert "GB free and building the environment" in ended.sentence


@pytest.mark.usefixtures("mounting")
def test_a_job_on_a_full_volume_fails_and_leaves_no_half_file(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    with loop_volume(tmp_path, megabytes=16) as volume:
        volume.fill()
        ended = engine.ended(image, [*OFFLINE, *EMBEDDED, *mounted(volume.path)])
        assert results(volume.path) == set()
    assert ended.status == 1
    assert "STORAGE_FAILED" in ended.output


@pytest.mark.usefixtures("mounting")
def test_a_volume_that_vanishes_fails_the_job_and_not_the_worker(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    with loop_volume(tmp_path, megabytes=64) as volume, Platform() as platform:
        inside = ("-v", f"{volume.parent}:/mnt:ro,rslave", "-e", "RUNPOD_VOLUME=/mnt/volume")
        variables = [f"--env={name}={value}" for name, value in platform.environment("worker").items()]
        with engine.started(image, [*ONLINE, *EMBEDDED, *inside, *variables]) as container:
            first = platform.result(platform.submit({"text": "All is well."}))
            assert first.status == "COMPLETED", first
            volume.vanish()
            second = platform.result(platform.submit({"text": "It is gone."}))
            assert second.status == "FAILED", second
            assert str(second.error).startswith("STORAGE_FAILED"), second
            assert platform.result(platform.submit({"endpoint": "health"})).status == "COMPLETED"
            container.signal("TERM")
            assert container.wait().status == 0


def test_a_job_over_http_and_then_a_prompt_end(engine: Engine, image: str, tmp_path: Path) -> None:
    port = free_port()
    arguments = ["--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port)]
    with engine.started(image, [*ONLINE, *EMBEDDED, *mounted(tmp_path)], arguments) as container:
        container.wait_for_line("Uvicorn running")
        answer = post(f"http://127.0.0.1:{port}/runsync", {"input": {"text": "Over HTTP."}})
        assert answer["status"] == "COMPLETED", answer
        container.signal("TERM")
        assert container.wait().status == 0
    assert len(results(tmp_path)) == 1


def test_a_worker_of_the_queue_ends_with_0_when_told_to_stop(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    with Platform() as platform:
        variables = [f"--env={name}={value}" for name, value in platform.environment("worker").items()]
        options = [*ONLINE, *EMBEDDED, *mounted(tmp_path), *variables]
        started = time.monotonic()
        with engine.started(image, options) as container:
            job = platform.result(platform.submit({"text": "From the queue.", "return_word_timings": True}))
            FIGURES["start to result, queue"] = f"{time.monotonic() - started:.1f} s"
            assert job.status == "COMPLETED", job
            told = time.monotonic()
            container.signal("TERM")
            assert container.wait().status == 0
            FIGURES["SIGTERM to exit"] = f"{time.monotonic() - told:.1f} s"
        assert platform.violations == []


def test_a_worker_told_to_stop_in_mid_build_cleans_up(engine: Engine, image: str, tmp_path: Path) -> None:
    with engine.started(image, [*ONLINE, *ON_VOLUME, *mounted(tmp_path)]) as container:
        container.wait_for_line("building the environment")
        container.signal("TERM")
        assert container.wait().status == 143
    assert list((tmp_path / "venvs").iterdir()) == []


def test_a_worker_killed_in_mid_build_leaves_nothing_that_a_later_one_takes_for_good(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    options = [*ONLINE, *ON_VOLUME, *mounted(tmp_path)]
    with engine.started(image, options) as container:
        container.wait_for_line("building the environment")
        container.signal("KILL")
        assert container.wait().status == 137
    assert not (tmp_path / "venv").exists()
    ended = engine.ended(image, options)
    assert ended.status == 0, ended.output


def test_512_mb_of_memory_are_enough_without_the_models(engine: Engine, image: str, tmp_path: Path) -> None:
    ended = engine.ended(image, [*OFFLINE, *EMBEDDED, *mounted(tmp_path), "--memory", "512m"])
    assert ended.status == 0, ended.output


def test_it_runs_as_the_user_who_owns_the_volume(engine: Engine, image: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    options = [*OFFLINE, *EMBEDDED, *mounted(tmp_path), "--user", "1000:1000"]
    ended = engine.ended(image, options)
    assert ended.status == 0, ended.output
    assert {path.stat().st_uid for path in (tmp_path / "output").iterdir()} == {1000}


def test_the_runtime_profile_is_refused_where_it_cannot_fit(
    engine: Engine, image: str, mounting: None, tmp_path: Path
) -> None:
    with loop_volume(tmp_path, megabytes=64) as volume:
        ended = engine.ended(image, [*OFFLINE, *mounted(volume.path)])
    assert ended.status == 1
    assert "requirements-runtime.txt needs" in ended.sentence


def test_the_runtime_profile_is_built_by_the_first_start_and_speaks_without_a_network(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    if shutil.disk_usage(tmp_path).free < NEED:
        pytest.skip(f"the runtime profile needs {NEED / 1e9:.0f} GB of disk")
    variables = [f"--env={name}={value}" for name, value in F5.items()]
    options = [*mounted(tmp_path), "-v", f"{ROOT / 'testing'}:/worker/testing:ro", *variables]
    try:
        first = engine.ended(image, [*ONLINE, *options])
        assert first.status == 1, first.output
        assert f"F5_MODEL is '{F5['F5_MODEL']}'" in first.sentence
        FIGURES["first start, runtime profile built"] = f"{first.seconds:.1f} s"
        python = "/runpod-volume/venv/bin/python"
        made = engine.ended(image, [*OFFLINE, *options, "--entrypoint", python], ["-c", MAKE_MODELS])
        assert made.status == 0, made.output
        spoken = engine.ended(image, [*OFFLINE, *options])
        assert spoken.status == 0, spoken.output
        assert '"engine": "f5", "aligners": "engine,whisperx,sphinx,dtw"' in spoken.output
        assert results(tmp_path) == {"output/hello.wav", "timings/hello.srt"}
        FIGURES["start to result, f5, tiny models"] = f"{spoken.seconds:.1f} s"
    finally:
        shutil.rmtree(tmp_path)

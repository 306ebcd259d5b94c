"""Models come from the hub once, whole, to the volume, and the worker itself stays off the network.

The libraries are the real ones; the hub is a stand-in on loopback.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from f5_worker.models.store import stored
from testing.corpus import TINY_ALIGNER
from tests.hub import Hub
from tests.runtime import ROOT, runtime_python

WEIGHTS = os.urandom(30_000_000)  # several of the pieces that huggingface_hub writes
FETCH = """
import json, sys
from pathlib import Path
from f5_worker.errors import CannotStart
from f5_worker.models.store import fetch, stay_offline
stay_offline()
try:
    print(json.dumps([str(path) for path in fetch(Path(sys.argv[1]), "voices/tiny", sys.argv[2:])]))
except CannotStart as reason:
    sys.exit(f"CannotStart: {reason}")
"""
DOWNLOAD = """
import sys
from f5_worker.models import downloads
from network_venv import lock
lock.POLL, lock.HEARTBEAT, lock.STALE = 0.1, 0.2, 2.0
sys.exit(downloads.main([sys.argv[1], "files", "voices/tiny", *sys.argv[2:]]))
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def python() -> Path:
    return runtime_python()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub({"voices/tiny/model.safetensors": WEIGHTS, "voices/tiny/config.yaml": b"dim: 8\n"})
    yield hub
    hub.close()


@pytest.fixture
def start(python: Path, hub: Hub, tmp_path: Path) -> Start:
    def run(*names: str, code: str = FETCH, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [python, "-c", code, str(tmp_path / "models"), *names],
            cwd=ROOT,
            env={"HF_ENDPOINT": hub.url, "HOME": str(tmp_path), "PATH": os.environ["PATH"]} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate()
    return process.returncode, out, err


def test_files_are_fetched_once(start: Start, hub: Hub, tmp_path: Path) -> None:
    status, out, err = finished(start("model.safetensors", "config.yaml"))
    assert status == 0, err
    weights, config = map(Path, json.loads(out))
    assert weights.read_bytes() == WEIGHTS
    assert config.read_text() == "dim: 8\n"
    assert stored(tmp_path / "models") == [{"name": "voices/tiny", "bytes": len(WEIGHTS) + 7}]
    requests = hub.asked
    assert finished(start("model.safetensors", "config.yaml"))[:2] == (0, out)
    assert hub.asked == requests


def test_three_at_once_fetch_once(start: Start, hub: Hub) -> None:
    ended = [finished(process) for process in [start("model.safetensors") for _ in range(3)]]
    assert [status for status, _, _ in ended] == [0, 0, 0], ended
    assert len(hub.gets) == 1


def test_a_broken_download_is_continued_where_it_broke(start: Start, hub: Hub) -> None:
    hub.faults = ["cut"]
    first, second = finished(start("model.safetensors")), finished(start("model.safetensors"))
    assert 0 in (first[0], second[0]), (first, second)
    assert any(not line.endswith("from 0") for line in hub.gets), hub.gets


def test_a_damaged_file_is_removed_and_fetched_anew(start: Start, hub: Hub, tmp_path: Path) -> None:
    hub.faults = ["corrupt"]
    status, _, err = finished(start("model.safetensors"))
    assert status == 1
    assert "arrived damaged and was removed" in err.splitlines()[-1]
    assert stored(tmp_path / "models") == [{"name": "voices/tiny", "bytes": 0}]
    status, out, err = finished(start("model.safetensors"))
    assert status == 0, err
    assert Path(json.loads(out)[0]).read_bytes() == WEIGHTS


@pytest.mark.parametrize("environ", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_what_is_missing_and_cannot_be_had_is_named(start: Start, environ: dict[str, str]) -> None:
    status, _, err = finished(start("model.safetensors", **environ))
    assert status == 1
    assert "CannotStart: the model file model.safetensors of voices/tiny is not on the volume" in err


def test_a_file_that_the_repository_does_not_have_is_named(start: Start) -> None:
    status, _, err = finished(start("other.safetensors"))
    assert status == 1
    assert "other.safetensors of voices/tiny" in err.splitlines()[-1]


def test_a_killed_download_is_taken_over(start: Start, hub: Hub, tmp_path: Path) -> None:
    lock = tmp_path / "models" / ".lock"
    lock.mkdir(parents=True)
    (lock / "dead").write_text("00000001 process 1 on a-host-that-died")
    status, out, err = finished(start("model.safetensors", code=DOWNLOAD))
    assert (status, out) == (0, ""), err
    assert "has not shown a sign of life" in err
    assert json.loads(finished(start("model.safetensors"))[1])


OFFLINE = """
import sys
from f5_worker.models.store import stay_offline
stay_offline()
import huggingface_hub, transformers
from transformers.utils import is_offline_mode
from huggingface_hub.errors import OfflineModeIsEnabled
print(huggingface_hub.constants.HF_HUB_OFFLINE, is_offline_mode())
try:
    huggingface_hub.HfApi().model_info("voices/tiny")
except OfflineModeIsEnabled:
    print("refused")
"""


def test_no_library_of_the_worker_asks_the_hub(start: Start, hub: Hub) -> None:
    status, out, err = finished(start(code=OFFLINE))
    assert (status, out.split()) == (0, ["True", "True", "refused"]), err
    assert hub.asked == 0


def test_the_handler_stays_offline_before_any_library_is_imported() -> None:
    code = (
        "import os, sys, runpod_handler\n"
        "from f5_worker import services\n"
        "runpod_handler.load_settings = lambda: sys.exit(\n"
        "    str([os.environ['HF_HUB_OFFLINE'], 'huggingface_hub' in sys.modules]))\n"
        "runpod_handler.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "['1', False]"


WHISPER = """
import sys
from pathlib import Path
from f5_worker.errors import CannotStart
from f5_worker.models.store import stay_offline
from f5_worker.settings import Settings
from f5_worker.models.whisper import Transcriber
stay_offline()
volume = Path(sys.argv[1]).parent
try:
    print(Transcriber.load(Settings(RUNPOD_VOLUME=volume, WHISPER_MODEL="voices/whisper")))
except CannotStart as reason:
    sys.exit(f"CannotStart: {reason}")
"""
ALIGNER = """
import sys
from pathlib import Path
from f5_worker.errors import CannotStart
from f5_worker.models.store import stay_offline
stay_offline()
from f5_worker.timing.whisperx_model import AlignModel
try:
    print(AlignModel.load("en", *(sys.argv[2:] or [None]), Path(sys.argv[1])))
except CannotStart as reason:
    sys.exit(f"CannotStart: {reason}")
"""


@pytest.fixture(scope="module")
def whisper(python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A tiny Whisper model, as the files of a repository."""
    folder = tmp_path_factory.mktemp("whisper")
    code = "import sys; from pathlib import Path; from testing.tiny_models import make_whisper as make"
    code += "; make(Path(sys.argv[1]))"
    subprocess.run([python, "-c", code, folder], cwd=ROOT, check=True)
    return {f"voices/whisper/{path.name}": path.read_bytes() for path in folder.iterdir()}


def test_a_whisper_model_is_fetched_once_and_then_loaded_without_a_network(
    start: Start, hub: Hub, whisper: dict[str, bytes], tmp_path: Path
) -> None:
    status, out, err = finished(start(code=WHISPER, HF_HUB_OFFLINE="1"))
    assert (status, out) == (1, "")
    assert "CannotStart: the Whisper model voices/whisper is not on the volume" in err
    hub.files |= whisper
    hub.faults = ["cut"]
    finished(start(code=WHISPER))
    status, out, err = finished(start(code=WHISPER))
    assert status == 0, err
    assert "Transcriber" in out
    (kept,) = stored(tmp_path / "models")
    assert kept["name"] == "voices/whisper"
    assert kept["bytes"] > len(whisper["voices/whisper/model.bin"])
    requests = hub.asked
    assert finished(start(code=WHISPER))[0] == 0
    assert hub.asked == requests


def test_a_damaged_whisper_model_is_removed(start: Start, hub: Hub, whisper: dict[str, bytes]) -> None:
    hub.files |= whisper
    hub.faults = ["corrupt"] * len(whisper)
    assert "arrived damaged and was removed" in finished(start(code=WHISPER))[2]
    status, _, err = finished(start(code=WHISPER))
    assert status == 0, err


def test_an_alignment_model_is_fetched_once_and_then_loaded_without_a_network(start: Start, hub: Hub) -> None:
    files = [path for path in TINY_ALIGNER.iterdir() if path.is_file()]
    hub.files |= {f"voices/aligner/{path.name}": path.read_bytes() for path in files}
    status, out, err = finished(start("voices/aligner", code=ALIGNER))
    assert status == 0, err
    assert "AlignModel" in out
    requests = hub.asked
    assert finished(start("voices/aligner", code=ALIGNER))[0] == 0
    assert hub.asked == requests


RANDOM_BUNDLE = """
import sys, torch, torchaudio
from pathlib import Path
bundle = torchaudio.pipelines.WAV2VEC2_ASR_BASE_960H
path = Path(sys.argv[1], "torchaudio", bundle._path)
path.parent.mkdir(parents=True, exist_ok=True)
shape = bundle._params | {"aux_num_out": bundle._params["aux_num_out"] + len(bundle._remove_aux_axis)}
torch.save(torchaudio.models.wav2vec2_model(**shape).state_dict(), path)
"""


def test_torchaudios_alignment_model_is_kept_on_the_volume_and_loaded_without_a_network(
    start: Start, tmp_path: Path
) -> None:
    status, out, err = finished(start(code=ALIGNER, HF_HUB_OFFLINE="1"))
    assert (status, out) == (1, "")
    assert "CannotStart: the alignment model for en is not on the volume" in err
    status, _, err = finished(start(code=RANDOM_BUNDLE))
    assert status == 0, err
    status, out, err = finished(start(code=ALIGNER))
    assert status == 0, err
    assert "AlignModel" in out
    (kept,) = stored(tmp_path / "models")
    assert kept["name"].startswith("torchaudio/wav2vec2_fairseq_base")
    assert [path.name for path in tmp_path.iterdir()] == ["models"]

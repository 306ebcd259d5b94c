"""Every file that the engine reads, damaged in turn: the start ends with one sentence that names it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from f5_worker.errors import CannotStart
from f5_worker.services import warm_up
from testing.tiny_models import TinyModels
from tests.conftest import files_in, settings_for
from tests.speech.f5_model.test_checkpoint import cut


def made_nan(path: Path) -> None:
    state = load_file(path)
    state["ema_model.transformer.proj_out.bias"] = torch.full((100,), torch.nan)
    save_file(state, path)


def made_wider(path: Path) -> None:
    config = yaml.safe_load(path.read_text())
    config["model"]["arch"]["dim"] = 128
    path.write_text(yaml.safe_dump(config))


def made_odd(path: Path) -> None:
    config = yaml.safe_load(path.read_text())
    config["model"]["arch"] |= {"text_mask_padding": False, "text_embedding_average_upsampling": True}
    path.write_text(yaml.safe_dump(config))


def made_thinner(path: Path) -> None:
    path.write_text(path.read_text().replace("dim: 32", "dim: 16"))


def gone(path: Path) -> None:
    path.unlink()


DAMAGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("model.safetensors", gone, "F5_CHECKPOINT: there is no file"),
    ("model.safetensors", cut, "F5_CHECKPOINT: model.safetensors cannot be read"),
    (
        "model.safetensors",
        made_nan,
        "nothing can be spoken with F5_CHECKPOINT and F5_VOCODER: the model gave",
    ),
    ("Tiny.yaml", gone, "F5_MODEL is "),
    ("Tiny.yaml", cut, "F5_MODEL is "),
    ("Tiny.yaml", made_wider, "F5_MODEL and the checkpoint must be of the same model"),
    ("Tiny.yaml", made_odd, "does not fit f5-tts's DiT (text_embedding_average_upsampling requires"),
    ("vocos/pytorch_model.bin", gone, "F5_VOCODER: there is no file"),
    ("vocos/pytorch_model.bin", cut, "F5_VOCODER: pytorch_model.bin cannot be read"),
    ("vocos/config.yaml", cut, "F5_VOCODER: config.yaml is not a configuration of Vocos"),
    ("vocos/config.yaml", made_thinner, "config.yaml and pytorch_model.bin must be of the same model"),
    (
        "vocab.txt",
        lambda path: path.write_text(" \na\n"),
        "F5_VOCAB has 2 symbols and the checkpoint was trained",
    ),
    ("vocab.txt", lambda path: path.write_bytes(b"\xff\xfe"), "F5_VOCAB: "),
    ("vocab.txt", gone, "F5_VOCAB: there is no file"),
]


@pytest.mark.parametrize(("name", "damage", "part"), DAMAGES, ids=range(len(DAMAGES)))
def test_damaged_files_end_the_start_with_one_sentence(
    models: TinyModels, tmp_path: Path, name: str, damage: Callable[[Path], object], part: str
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models.checkpoint.parent, folder)
    shutil.copy(models.vocab, folder / "vocab.txt")
    damage(folder / name)
    moved = TinyModels(
        folder / "Tiny.yaml", folder / "model.safetensors", folder / "vocab.txt", folder / "vocos"
    )
    volume = tmp_path / "volume"
    volume.mkdir()
    with pytest.raises(CannotStart) as caught:
        warm_up(settings_for(volume, F5_VOCAB=str(moved.vocab), **moved.environment()))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_in(volume) == set()

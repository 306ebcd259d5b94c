import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from f5_worker.errors import CannotStart
from f5_worker.speech.f5_model.checkpoint import load_transformer, load_vocoder, read_vocabulary
from f5_worker.speech.f5_model.files import ModelFiles, find_files
from f5_worker.speech.f5_model.upstream import import_upstream
from testing.tiny_models import TinyModels
from tests.conftest import settings_for

CPU = torch.device("cpu")


@pytest.fixture
def files(models: TinyModels, tmp_path: Path) -> ModelFiles:
    return find_files(settings_for(tmp_path, **models.environment()))


def transformer(files: ModelFiles, dtype: torch.dtype = torch.float32) -> Any:
    upstream = import_upstream()
    return load_transformer(upstream, files, read_vocabulary(upstream, files.vocabulary), CPU, dtype)


def rewritten(files: ModelFiles, path: Path, change: Callable[[dict[str, Any]], Any]) -> ModelFiles:
    state = load_file(files.checkpoint)
    change(state)
    save_file(state, path)
    return dataclasses.replace(files, checkpoint=path)


@pytest.mark.upstream
def test_every_weight_and_buffer_is_what_upstream_s_own_loading_gives(files: ModelFiles) -> None:
    from f5_tts.infer.utils_infer import load_model
    from f5_tts.model import DiT

    theirs = load_model(DiT, files.config["arch"], str(files.checkpoint), device="cpu").transformer
    ours = transformer(files)
    expected = dict(theirs.named_parameters()) | dict(theirs.named_buffers())
    found = dict(ours.named_parameters()) | dict(ours.named_buffers())
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
def test_every_weight_begins_at_a_multiple_of_64_bytes(files: ModelFiles, tmp_path: Path, name: str) -> None:
    state = load_file(files.checkpoint)
    assert all(weight.data_ptr() % 64 for weight in state.values() if weight.dim() > 1)  # not in the file
    if name.endswith(".pt"):
        torch.save({"ema_model_state_dict": state}, tmp_path / name)
        files = dataclasses.replace(files, checkpoint=tmp_path / name)
    models = transformer(files), load_vocoder(import_upstream(), files, CPU)
    assert {weight.data_ptr() % 64 for model in models for weight in model.parameters()} == {0}


def test_half_precision_reaches_every_weight_and_buffer(files: ModelFiles) -> None:
    model = transformer(files, torch.float16)
    dtypes = {tensor.dtype for tensor in (*model.parameters(), *model.buffers())}
    assert dtypes == {torch.float16}


@pytest.mark.parametrize("key", ["ema_model_state_dict", "model_state_dict"])
def test_a_training_run_s_own_file_is_read(files: ModelFiles, tmp_path: Path, key: str) -> None:
    state: dict[str, Any] = load_file(files.checkpoint)
    state["ema_model.mel_spec.mel_stft.spectrogram.window"] = torch.zeros(1024)  # in older checkpoints
    if key == "model_state_dict":
        state = {name.removeprefix("ema_model."): value for name, value in state.items()}
    path = tmp_path / "model_last.pt"
    torch.save({key: state, "update": 7}, path)
    ours = transformer(dataclasses.replace(files, checkpoint=path)).state_dict()
    assert all(torch.equal(ours[name], value) for name, value in transformer(files).state_dict().items())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_checkpoint_is_named(files: ModelFiles, tmp_path: Path, name: str, damage: str) -> None:
    path = tmp_path / name
    if name.endswith(".pt"):
        torch.save({"ema_model_state_dict": load_file(files.checkpoint)}, path)
    else:
        path.write_bytes(files.checkpoint.read_bytes())
    {"cut": cut, "text": lambda p: p.write_text("weights"), "empty": lambda p: p.write_bytes(b"")}[damage](
        path
    )
    with pytest.raises(CannotStart, match=rf"F5_CHECKPOINT: {name} cannot be read \(\w+\): it is damaged"):
        transformer(dataclasses.replace(files, checkpoint=path))


def test_a_checkpoint_of_another_size_is_refused_with_the_shapes(files: ModelFiles) -> None:
    other = {**files.config, "arch": {**files.config["arch"], "ff_mult": 4}}
    with pytest.raises(CannotStart, match=r"has the shape \[128, 64\] and the model needs \[256, 64\]"):
        transformer(dataclasses.replace(files, config=other))


def test_a_checkpoint_of_another_depth_is_refused_with_the_count(files: ModelFiles) -> None:
    other = {**files.config, "arch": {**files.config["arch"], "depth": 3}}
    with pytest.raises(CannotStart, match=r"lack transformer_blocks\.2\.\S+ \(1\d missing, 0 unknown\)"):
        transformer(dataclasses.replace(files, config=other))


def test_an_architecture_that_f5_tts_does_not_know_is_refused(files: ModelFiles) -> None:
    other = {**files.config, "arch": {**files.config["arch"], "wings": 2}}
    with pytest.raises(CannotStart, match=r"F5_MODEL: the architecture of Tiny does not fit .*wings"):
        transformer(dataclasses.replace(files, config=other))


def test_a_vocabulary_of_another_length_is_refused_with_both(files: ModelFiles, tmp_path: Path) -> None:
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text(" \na\nb\n", "utf-8")
    with pytest.raises(CannotStart, match="F5_VOCAB has 3 symbols and the checkpoint was trained with 2545"):
        transformer(dataclasses.replace(files, vocabulary=vocabulary))


def test_a_vocabulary_that_is_no_text_is_refused(files: ModelFiles, tmp_path: Path) -> None:
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CannotStart, match=r"F5_VOCAB: .* cannot be read as UTF-8 text"):
        transformer(dataclasses.replace(files, vocabulary=vocabulary))


def test_weights_of_something_else_are_refused(files: ModelFiles, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"encoder.weight": torch.zeros(3)}, path)
    with pytest.raises(CannotStart, match=r"other\.safetensors holds no weights of an F5-TTS transformer"):
        transformer(dataclasses.replace(files, checkpoint=path))


def test_a_missing_weight_and_an_unknown_one_are_named(files: ModelFiles, tmp_path: Path) -> None:
    lost = rewritten(
        files, tmp_path / "a.safetensors", lambda s: s.pop("ema_model.transformer.proj_out.bias")
    )
    with pytest.raises(CannotStart, match=r"lack proj_out\.bias \(1 missing, 0 unknown\)"):
        transformer(lost)
    extra = {"ema_model.transformer.wings": torch.zeros(1)}
    with pytest.raises(CannotStart, match=r"does not have wings \(0 missing, 1 unknown\)"):
        transformer(rewritten(files, tmp_path / "b.safetensors", lambda s: s.update(extra)))


@pytest.mark.upstream
def test_the_vocoder_decodes_as_vocos_does(files: ModelFiles) -> None:
    from vocos import Vocos

    theirs = Vocos.from_hparams(str(files.vocoder_config))
    theirs.load_state_dict(torch.load(files.vocoder_weights, weights_only=True))
    mel = torch.randn(1, 100, 40, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        ours = load_vocoder(import_upstream(), files, CPU)(mel)
        assert torch.equal(ours, theirs.eval().decode(mel))


def test_a_vocoder_of_another_hop_or_class_is_refused(files: ModelFiles, tmp_path: Path) -> None:
    config = yaml.safe_load(files.vocoder_config.read_text())
    path = tmp_path / "config.yaml"
    broken = dataclasses.replace(files, vocoder_config=path)
    config["head"]["init_args"]["hop_length"] = 320
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(CannotStart, match="the vocoder must take 100 mels with a hop of 256 samples"):
        load_vocoder(import_upstream(), broken, CPU)
    config["head"]["class_path"] = "os.system"
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(CannotStart, match="not a configuration of Vocos"):
        load_vocoder(import_upstream(), broken, CPU)
    path.write_text("[")
    with pytest.raises(CannotStart, match="not a configuration of Vocos"):
        load_vocoder(import_upstream(), broken, CPU)


@pytest.mark.parametrize(
    "config",
    [
        "",
        "backbone: 5",
        "backbone: {class_path: ISTFTHead, init_args: {dim: 32, n_fft: 1024, hop_length: 256}}",
        "backbone: {class_path: VocosBackbone, init_args: {input_channels: 100}}",
    ],
    ids=["empty", "no parts", "a head for a backbone", "sizes missing"],
)
def test_a_file_that_configures_no_vocos_is_refused(files: ModelFiles, tmp_path: Path, config: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(config)
    with pytest.raises(CannotStart, match=r"config\.yaml is not a configuration of Vocos"):
        load_vocoder(import_upstream(), dataclasses.replace(files, vocoder_config=path), CPU)


@pytest.mark.parametrize(
    "content", [5, {"ema_model_state_dict": 5}, {"transformer.x": "text"}, {1: torch.zeros(1)}], ids=str
)
def test_a_file_that_holds_something_else_than_weights_is_refused(
    files: ModelFiles, tmp_path: Path, content: Any
) -> None:
    path = tmp_path / "model.pt"
    torch.save(content, path)
    with pytest.raises(CannotStart, match=r"F5_CHECKPOINT: model\.pt (holds no|is not a checkpoint)"):
        transformer(dataclasses.replace(files, checkpoint=path))


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("F5_CHECKPOINT", "/nowhere/model.safetensors", "F5_CHECKPOINT: there is no file /nowhere"),
        ("F5_VOCAB", "/nowhere/vocab.txt", "F5_VOCAB: there is no file /nowhere"),
        ("F5_VOCODER", "/nowhere", "F5_VOCODER: there is no file /nowhere/config.yaml"),
        ("F5_MODEL", "F5TTS_v9", "F5_MODEL is 'F5TTS_v9'; it must be one of F5TTS_Base, .* or the path"),
        ("F5_MODEL", "E2TTS_Base", "F5_MODEL is 'E2TTS_Base', a UNetT model for vocos"),
        ("F5_MODEL", "/nowhere/model.yaml", "F5_MODEL is '/nowhere/model.yaml'; it must be one of"),
    ],
)
def test_a_file_that_is_not_there_is_named_with_its_variable(
    models: TinyModels, tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    with pytest.raises(CannotStart, match=sentence):
        find_files(settings_for(tmp_path, **models.environment() | {variable: value}))


def test_a_model_without_published_weights_asks_for_a_checkpoint(models: TinyModels, tmp_path: Path) -> None:
    environment = models.environment() | {"F5_MODEL": "F5TTS_v1_Small"}
    del environment["F5_CHECKPOINT"]
    with pytest.raises(CannotStart, match="no checkpoint is published for F5TTS_v1_Small; set F5_CHECKPOINT"):
        find_files(settings_for(tmp_path, **environment))


def test_published_weights_are_taken_from_the_volume(models: TinyModels, tmp_path: Path) -> None:
    snapshot = tmp_path / "models/hub/models--SWivid--F5-TTS/snapshots/0a/F5TTS_v1_Base"
    snapshot.mkdir(parents=True)
    refs = tmp_path / "models/hub/models--SWivid--F5-TTS/refs"
    refs.mkdir()
    (refs / "main").write_text("0a")
    (snapshot / "model_1250000.safetensors").write_bytes(models.checkpoint.read_bytes())
    environment = models.environment() | {"F5_MODEL": "F5TTS_v1_Base"}
    del environment["F5_CHECKPOINT"]
    found = find_files(settings_for(tmp_path, **environment))
    assert found.checkpoint == snapshot / "model_1250000.safetensors"

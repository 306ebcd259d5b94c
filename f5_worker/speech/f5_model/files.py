"""Where the weights are: settings ─▶ local files, fetched into the volume once if they have names only."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from f5_worker.errors import CannotStart
from f5_worker.models.store import fetch, is_folder
from f5_worker.settings import Settings
from f5_worker.speech.f5_model.upstream import version

# Published checkpoints (https://huggingface.co/SWivid/F5-TTS), as f5-tts's own api.py names them.
_PUBLISHED = {
    "F5TTS_v1_Base": ("SWivid/F5-TTS", "F5TTS_v1_Base/model_1250000.safetensors"),
    "F5TTS_Base": ("SWivid/F5-TTS", "F5TTS_Base/model_1200000.safetensors"),
}
_VOCODER_FILES = ("config.yaml", "pytorch_model.bin")


@dataclass(frozen=True)
class ModelFiles:
    """Everything the engine reads: `config` is the `model` part of an f5-tts configuration file."""

    name: str
    config: dict[str, Any]
    checkpoint: Path
    vocabulary: Path
    vocoder_config: Path
    vocoder_weights: Path


def find_files(settings: Settings) -> ModelFiles:
    """Resolve `F5_MODEL`, `F5_CHECKPOINT`, `F5_VOCAB` and `F5_VOCODER`.

    Raises `CannotStart` naming the variable whose file is not there or cannot be fetched.
    """
    name, config = _configuration(settings.f5_model)
    models = settings.volume / "models"
    vocoder_config, vocoder_weights = _vocoder(settings.f5_vocoder, models)
    return ModelFiles(
        name=name,
        config=config,
        checkpoint=_checkpoint(settings, name, models),
        vocabulary=_local("F5_VOCAB", settings.f5_vocab or package_folder() / "infer/examples/vocab.txt"),
        vocoder_config=vocoder_config,
        vocoder_weights=vocoder_weights,
    )


def package_folder() -> Path:
    """The folder of the installed f5-tts package."""
    spec = importlib.util.find_spec("f5_tts")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "the f5 engine needs the package f5-tts, which is not installed; set WORKER_PROFILE=runtime."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _configuration(model: str) -> tuple[str, dict[str, Any]]:
    """A configuration of the package by its name, or a YAML file of the same form."""
    configs = package_folder() / "configs"
    path = Path(model) if model.endswith((".yaml", ".yml")) else configs / f"{model}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(config.stem for config in configs.glob("F5TTS*.yaml")))
        raise CannotStart(f"F5_MODEL is {model!r}; it must be one of {names}, or the path of a YAML file.")
    try:
        config = yaml.safe_load(path.read_text("utf-8"))["model"]
        backbone, mel = config["backbone"], config["mel_spec"]["mel_spec_type"]
        config["arch"] = dict(config["arch"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError):
        raise CannotStart(
            f"F5_MODEL is {model!r}, which is not a configuration of f5-tts; it must have a `model` with "
            "`backbone`, `arch` and `mel_spec`."
        ) from None
    if (backbone, mel) != ("DiT", "vocos"):
        raise CannotStart(
            f"F5_MODEL is {model!r}, a {backbone} model for {mel}; the f5 engine runs DiT models for vocos."
        )
    return path.stem, config


def _checkpoint(settings: Settings, name: str, models: Path) -> Path:
    if settings.f5_checkpoint is not None:
        return _local("F5_CHECKPOINT", settings.f5_checkpoint)
    if name not in _PUBLISHED:
        raise CannotStart(f"no checkpoint is published for {name}; set F5_CHECKPOINT to a local file.")
    repository, file = _PUBLISHED[name]
    return fetch(models, repository, [file])[0]


def _vocoder(vocoder: str, models: Path) -> tuple[Path, Path]:
    """A local folder with Vocos's two files, or the name of a repository that has them."""
    if is_folder(vocoder):
        config, weights = (_local("F5_VOCODER", Path(vocoder, name)) for name in _VOCODER_FILES)
    else:
        config, weights = fetch(models, vocoder, _VOCODER_FILES)
    return config, weights


def _local(variable: str, path: Path) -> Path:
    if not path.is_file():
        raise CannotStart(f"{variable}: there is no file {path}; set it to one, or unset it for the default.")
    return path


def describe(files: ModelFiles) -> dict[str, str]:
    """What `health` says about the model: names and versions, no path."""
    return {
        "model": files.name,
        "checkpoint": files.checkpoint.name,
        "f5_tts": version("f5-tts"),
        "vocos": version("vocos"),
        "torch": version("torch"),
    }

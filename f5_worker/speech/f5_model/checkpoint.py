"""Files ─▶ models on their device, without a random initialisation and with one copy in memory."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch.overrides import TorchFunctionMode

from f5_worker.errors import CannotStart
from f5_worker.models.out_of_memory import memory_errors
from f5_worker.speech.f5_model.files import ModelFiles
from f5_worker.speech.f5_model.mel import HOP, N_MELS

TEXT_POSITIONS = 8192  # frames (87 s), upstream's `precompute_max_pos`: the text embedding ends there

# What must fit together, by the variable whose weights are read.
_PAIRS = {"F5_CHECKPOINT": "F5_MODEL and the checkpoint", "F5_VOCODER": "config.yaml and pytorch_model.bin"}

Vocabulary = dict[str, int]
State = dict[str, torch.Tensor]


def read_vocabulary(upstream: SimpleNamespace, path: Path) -> Vocabulary:
    """The symbols of a vocabulary file, one a line, in upstream's own reading of it."""
    try:
        vocabulary, _ = upstream.get_tokenizer(str(path), "custom")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(
            f"F5_VOCAB: {path} cannot be read as UTF-8 text ({type(error).__name__}); "
            "it must have one symbol a line."
        ) from None
    return dict(vocabulary)


def load_transformer(
    upstream: SimpleNamespace,
    files: ModelFiles,
    vocabulary: Vocabulary,
    device: torch.device,
    dtype: torch.dtype,
) -> Any:
    """The DiT of a checkpoint of the original file formats (safetensors, or a training run's .pt).

    Raises `CannotStart` with what is wrong: damaged, another architecture, another vocabulary.
    """
    try:
        with _WithoutWeights():
            model = upstream.DiT(**files.config["arch"], text_num_embeds=len(vocabulary), mel_dim=N_MELS).to(
                dtype
            )
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CannotStart(
            f"F5_MODEL: the architecture of {files.name} does not fit f5-tts's DiT ({reason})."
        ) from None
    state = _transformer_state(_read(files.checkpoint, "F5_CHECKPOINT", device), files.checkpoint)
    embedding = state.get("text_embed.text_embed.weight")
    if embedding is not None and len(embedding) != len(vocabulary) + 1:
        raise CannotStart(
            f"F5_VOCAB has {len(vocabulary)} symbols and the checkpoint was trained with "
            f"{len(embedding) - 1}; they must come from the same training run."
        )
    _assign(model, state, "F5_CHECKPOINT", device, dtype)
    return _ready(model, device)


def load_vocoder(upstream: SimpleNamespace, files: ModelFiles, device: torch.device) -> Any:
    """Vocos without its feature extractor: mel [batch, 100, frames] ─▶ wave [batch, samples], float32."""
    try:
        config = yaml.safe_load(files.vocoder_config.read_text("utf-8"))
        with _WithoutWeights():
            parts = {part: _build(config[part], upstream) for part in ("backbone", "head")}
        fits = config["head"]["init_args"]["hop_length"] == HOP and parts["backbone"].input_channels == N_MELS
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, ValueError, AttributeError):
        raise CannotStart(
            "F5_VOCODER: config.yaml is not a configuration of Vocos with a VocosBackbone and an ISTFTHead."
        ) from None
    if not fits:
        raise CannotStart(f"F5_VOCODER: the vocoder must take {N_MELS} mels with a hop of {HOP} samples.")
    model = torch.nn.Sequential(OrderedDict(parts))
    content = _read(files.vocoder_weights, "F5_VOCODER", torch.device("cpu"))
    state = {name: value for name, value in content.items() if name.startswith(("backbone.", "head."))}
    _assign(model, state, "F5_VOCODER", device, torch.float32)
    return _ready(model, device)


class _WithoutWeights(TorchFunctionMode):  # type: ignore[misc]  # types are checked without torch
    """Weights get a shape but no memory, and nothing is written into them; tables are computed as usual.

    `torch.device("meta")` alone would do the same for everything, and to compute a table for nothing
    import 850 modules of torch's compiler first.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func is torch.empty:
            return func(*args, **given | {"device": "meta"})
        written = args[0] if args else given.get("tensor")  # `torch.nn.init` passes it by name
        in_place = func.__name__.endswith("_") and not func.__name__.endswith("__")
        if in_place and isinstance(written, torch.Tensor) and written.is_meta:
            return written
        return func(*args, **given)


def _build(part: dict[str, Any], upstream: SimpleNamespace) -> torch.nn.Module:
    name = part["class_path"].rpartition(".")[2]
    if name not in ("VocosBackbone", "ISTFTHead"):
        raise TypeError(name)
    module: torch.nn.Module = getattr(upstream, name)(**part["init_args"])
    return module


def _read(path: Path, variable: str, device: torch.device) -> dict[str, Any]:
    """The content of a weights file. On a CPU every weight begins at a multiple of 64 bytes.

    Intel's MKL asks for that: elsewhere it may round the same product differently, and did. A .pt file
    keeps to it and is memory-mapped; a safetensors file keeps to 8 bytes only and is read.
    """
    try:
        with memory_errors(f"{path.name} does not fit the memory of the {device.type}"):
            if path.suffix == ".safetensors" and device.type == "cpu":
                return _read_aligned(path)
            if path.suffix == ".safetensors":
                return dict(load_file(path, device=str(device)))
            content = torch.load(path, map_location=device, weights_only=True, mmap=device.type == "cpu")
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise CannotStart(
            f"{variable}: {path.name} cannot be read ({type(error).__name__}): it is damaged, cut short or "
            "not a checkpoint; copy it again."
        ) from error
    if not isinstance(content, dict):
        raise CannotStart(f"{variable}: {path.name} is not a checkpoint: it holds no named weights.")
    return content


def _read_aligned(path: Path) -> State:
    """The weights of a safetensors file, each read straight into memory of torch's own.

    The format has no gaps after its header (8 bytes that say how long it is, then as many).
    """
    state = {}
    with safe_open(path, framework="pt") as mapped, path.open("rb") as file:
        file.seek(int.from_bytes(file.read(8), "little"), os.SEEK_CUR)
        for name in mapped.offset_keys():
            state[name] = torch.empty_like(mapped.get_tensor(name))
            content = state[name].view(-1).view(torch.uint8).numpy()
            if file.readinto(content) < content.nbytes:
                raise EOFError
    return state


def _transformer_state(content: dict[str, Any], path: Path) -> State:
    """The DiT's weights: those of the moving average (EMA) if there are any, as upstream takes them."""
    named = content.get("ema_model_state_dict", content.get("model_state_dict", content))
    weights = named.items() if isinstance(named, dict) else ()
    names = ((str(name).removeprefix("ema_model."), value) for name, value in weights)
    state = {
        name.removeprefix("transformer."): value
        for name, value in names
        if name.startswith("transformer.") and isinstance(value, torch.Tensor)
    }
    if not state:
        raise CannotStart(f"F5_CHECKPOINT: {path.name} holds no weights of an F5-TTS transformer.")
    return state


def _assign(
    model: torch.nn.Module, state: State, variable: str, device: torch.device, dtype: torch.dtype
) -> None:
    """Put the weights in place of the model's own, after checking every name and shape."""
    wanted = model.state_dict()
    missing, unknown = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    if missing or unknown:
        name, fault = (missing[0], "the weights lack") if missing else (unknown[0], "the model does not have")
        raise CannotStart(
            f"{variable}: {fault} {name} ({len(missing)} missing, {len(unknown)} unknown); "
            f"{_PAIRS[variable]} must be of the same model."
        )
    for name, tensor in wanted.items():
        if tensor.shape != state[name].shape:
            raise CannotStart(
                f"{variable}: {name} has the shape {list(state[name].shape)} and the model needs "
                f"{list(tensor.shape)}; {_PAIRS[variable]} must be of the same model."
            )
    placed = {name: state.pop(name).to(device, dtype) for name in wanted}
    model.load_state_dict(placed, assign=True)


def _ready(model: torch.nn.Module, device: torch.device) -> Any:
    left = [name for name, tensor in (*model.named_parameters(), *model.named_buffers()) if tensor.is_meta]
    if left:
        raise CannotStart(
            f"the installed f5-tts keeps {left[0]} outside its checkpoints, which the f5 engine does not "
            "know; install the versions of requirements-runtime.txt."
        )
    return model.to(device).eval().requires_grad_(requires_grad=False)

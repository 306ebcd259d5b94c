"""f5-tts's and Vocos's own classes, imported without what only training and the web page need.

`f5_tts.model` imports its trainer (wandb, datasets, accelerate) and `vocos` imports encodec; while
our imports run, packages of those names stand in that hold the real folders but never run the real
`__init__`. librosa and einx are imported upstream and never called by this model.
"""

import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from f5_worker.errors import CannotStart
from f5_worker.models.unused_modules import unused_modules

_HOLLOW_PACKAGES = ("f5_tts.model", "f5_tts.model.backbones", "vocos")
_UNUSED_MODULES = ("librosa", "librosa.filters", "einx")


@dataclass(frozen=True)
class _Piece:
    """One thing taken from a package: `takes` are the parameters that are passed to it by name."""

    module: str
    name: str
    takes: tuple[str, ...]


_PIECES = (
    _Piece(
        "f5_tts.model.backbones.dit",
        "DiT",
        ("dim", "depth", "heads", "text_num_embeds", "mel_dim", "text_dim"),
    ),
    _Piece(
        "f5_tts.model.modules",
        "MelSpec",
        ("n_fft", "hop_length", "win_length", "n_mel_channels", "target_sample_rate", "mel_spec_type"),
    ),
    _Piece("f5_tts.model.utils", "get_tokenizer", ("dataset_name", "tokenizer")),
    _Piece("f5_tts.model.utils", "get_epss_timesteps", ("n", "device", "dtype")),
    _Piece("f5_tts.model.utils", "convert_char_to_pinyin", ("text_list",)),
    _Piece("f5_tts.model.utils", "list_str_to_idx", ("text", "vocab_char_map")),
    _Piece("vocos.models", "VocosBackbone", ("input_channels", "dim", "intermediate_dim", "num_layers")),
    _Piece("vocos.heads", "ISTFTHead", ("dim", "n_fft", "hop_length", "padding")),
)


def import_upstream() -> types.SimpleNamespace:
    """All pieces by their names; raise `CannotStart` naming the version and the piece that is missing."""
    with _hollow_packages(), unused_modules(*_UNUSED_MODULES):
        return types.SimpleNamespace(**{piece.name: _import(piece) for piece in _PIECES})


def version(package: str) -> str:
    """The installed version of a package, "" when it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _import(piece: _Piece) -> Any:
    package = piece.module.partition(".")[0].replace("_", "-")
    found = f"{package} {version(package) or '(not installed)'}"
    try:
        thing = getattr(importlib.import_module(piece.module), piece.name)
    except (ImportError, AttributeError) as error:
        raise CannotStart(
            f"{found} does not have {piece.module}.{piece.name}, which the f5 engine needs ({error}); "
            "install the versions of requirements-runtime.txt."
        ) from None
    missing = [name for name in piece.takes if name not in inspect.signature(thing).parameters]
    if missing:
        raise CannotStart(
            f"{found}: {piece.module}.{piece.name} no longer takes {', '.join(missing)}, which the f5 engine "
            "passes to it; install the versions of requirements-runtime.txt."
        )
    return thing


@contextmanager
def _hollow_packages() -> Iterator[None]:
    """Put packages without their `__init__` in place; afterwards the real ones can be imported again."""
    hollow = [name for name in _HOLLOW_PACKAGES if name not in sys.modules]
    for name in hollow:
        spec = importlib.util.find_spec(name) if "." not in name else None
        folder = spec.submodule_search_locations if spec else _folder_in_parent(name)
        package = types.ModuleType(name)
        package.__path__ = list(folder or ())
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in hollow:
            del sys.modules[name]


def _folder_in_parent(name: str) -> list[str]:
    """Where a subpackage is, without `find_spec`, which would import its parent."""
    parent, _, leaf = name.rpartition(".")
    spec = None if parent in sys.modules else importlib.util.find_spec(parent)
    folders = spec.submodule_search_locations if spec else getattr(sys.modules.get(parent), "__path__", ())
    return [f"{folder}/{leaf}" for folder in folders or ()]

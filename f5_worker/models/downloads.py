"""The process that fetches models, the only one of the worker that may ask the network for them.

    python -m f5_worker.models.downloads MODELS files REPOSITORY NAME...   files of a Hugging Face repository
    python -m f5_worker.models.downloads MODELS whisper NAME               a model of faster-whisper
    python -m f5_worker.models.downloads MODELS aligner LANGUAGE [NAME]    WhisperX's aligner of a language

A file arrives under a temporary name, is continued after a broken connection or a killed worker, and
gets its name once it is whole. Large files are named by their SHA-256 in Hugging Face's cache; a new one
is hashed before anybody may use it. One worker at a time fetches; the others wait and find the files.

Progress goes to stderr. Exit status 1 comes with one line on stdout: why it is not to be had.
"""

import contextlib
import hashlib
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from f5_worker.models.store import find
from network_venv.lock import BuildLock

_SHA256_DIGITS = 64


class _Damaged(OSError):
    """What arrived is not what was announced; it has been removed."""

    def __init__(self) -> None:
        super().__init__("it arrived damaged and was removed; start again to fetch it anew")


def main(arguments: list[str]) -> int:
    """Fetch what the arguments name, once it is this worker's turn."""
    folder, kind, *names = arguments
    models = Path(folder)
    models.mkdir(parents=True, exist_ok=True)
    lock = BuildLock(models, "the download of models")
    while not lock.acquire():
        lock.wait()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # some libraries print what they also raise
            _KINDS[kind](models, *names)
    except (OSError, ValueError, RuntimeError) as error:  # the network, the disk, no such model
        sys.stdout.write(str(error) if isinstance(error, _Damaged) else type(error).__name__)
        return 1
    finally:
        lock.release()
    return 0


def _files(models: Path, repository: str, *names: str) -> None:
    from huggingface_hub import hf_hub_download

    missing = [name for name in names if not find(models, repository, name)]
    _check([Path(hf_hub_download(repository, name, cache_dir=models / "hub")) for name in missing])


def _whisper(models: Path, name: str) -> None:
    from faster_whisper import download_model

    _check(list(Path(download_model(name, cache_dir=str(models / "hub"))).iterdir()))


def _aligner(models: Path, language: str, name: str) -> None:
    """Load it on the CPU, which fetches it, and checks torchaudio's files: those come without a hash."""
    from huggingface_hub.constants import HF_HUB_OFFLINE

    from f5_worker.timing.whisperx_model import read_model

    before = _torchaudio_files(models)
    try:
        read_model(language, name or None, models, "cpu", local_only=HF_HUB_OFFLINE)
    except (RuntimeError, EOFError, pickle.UnpicklingError):
        arrived = _torchaudio_files(models) - before
        for path in arrived:
            path.unlink()
        if arrived:
            raise _Damaged from None
        raise


def _torchaudio_files(models: Path) -> set[Path]:
    return set((models / "torchaudio").glob("*"))


def _check(paths: Sequence[Path]) -> None:
    """Hash the files that are named by their hash; raise `_Damaged` when one is not what its name says."""
    damaged = [path for path in paths if not _is_whole(path.resolve())]
    for path in damaged:
        path.resolve().unlink()
        path.unlink()
    if damaged:
        raise _Damaged


def _is_whole(blob: Path) -> bool:
    if len(blob.name) != _SHA256_DIGITS:  # a small file, named by git's own hash
        return True
    with blob.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == blob.name


_KINDS: dict[str, Callable[..., None]] = {"files": _files, "whisper": _whisper, "aligner": _aligner}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

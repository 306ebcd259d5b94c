import subprocess
import sys
from pathlib import Path

import pytest

from f5_worker.errors import CannotStart
from f5_worker.speech.f5_model import upstream
from f5_worker.speech.f5_model.upstream import import_upstream


def run(program: str) -> str:
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    ).stdout


def test_nothing_that_only_training_or_the_web_page_needs_is_imported() -> None:
    heavy = (
        "accelerate datasets encodec gradio hydra librosa matplotlib numba pandas sklearn transformers wandb"
    )
    loaded = run(
        "import sys; from f5_worker.speech.f5_model.upstream import import_upstream; import_upstream()\n"
        f"print(*(name for name in '{heavy}'.split() if name in sys.modules))"
    )
    assert loaded.split() == []


@pytest.mark.upstream
def test_the_real_packages_can_be_imported_afterwards() -> None:
    program = (
        "from f5_worker.speech.f5_model.upstream import import_upstream; ours = import_upstream()\n"
        "import f5_tts.model, vocos, librosa.filters, einx\n"
        "assert f5_tts.model.DiT is ours.DiT and callable(f5_tts.model.CFM)\n"
        "assert vocos.Vocos and librosa.filters.mel(sr=24000, n_fft=1024).shape == (128, 513)\n"
        "print('fine')"
    )
    assert run(program) == "fine\n"


@pytest.mark.upstream
def test_the_pieces_are_upstream_s_own_whichever_is_imported_first() -> None:
    from f5_tts.model import DiT

    assert import_upstream().DiT is DiT


@pytest.mark.parametrize(
    ("piece", "sentence"),
    [
        (upstream._Piece("f5_tts.model.modules", "Wings", ()), "does not have f5_tts.model.modules.Wings"),
        (upstream._Piece("f5_tts.wings", "Wings", ()), "does not have f5_tts.wings.Wings"),
        (
            upstream._Piece("f5_tts.model.modules", "MelSpec", ("n_fft", "wings")),
            "f5_tts.model.modules.MelSpec no longer takes wings",
        ),
    ],
    ids=["a name", "a module", "a parameter"],
)
def test_a_piece_that_is_missing_is_named_with_the_version(
    monkeypatch: pytest.MonkeyPatch, piece: upstream._Piece, sentence: str
) -> None:
    monkeypatch.setattr(upstream, "_PIECES", (piece,))
    with pytest.raises(CannotStart, match=rf"f5-tts {upstream.version('f5-tts')}.*{sentence}"):
        import_upstream()

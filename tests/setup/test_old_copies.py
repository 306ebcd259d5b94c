"""Models that an older layout copied to the container's disk go; what may be somebody's own stays."""

from pathlib import Path

import pytest

from network_venv import old_copies
from tests.setup.conftest import Project


def repository(folder: Path, name: str = "models--SWivid--F5-TTS") -> Path:
    """A repository in Hugging Face's cache layout, with its one blob linked as that does it."""
    path = folder / name
    for part in ("blobs", "refs", "snapshots/abc"):
        (path / part).mkdir(parents=True)
    (path / "blobs" / "0123").write_bytes(b"weights")
    (path / "snapshots/abc/model.safetensors").symlink_to("../../blobs/0123")
    return path


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(old_copies, "FOLDER", tmp_path / "old")
    monkeypatch.setenv("RUNPOD_POD_ID", "abc")
    return tmp_path / "old"


def test_old_copies_go_at_set_up_and_one_line_says_so(project: Project) -> None:
    old = project.folder / "old"
    repository(old / "hub")
    repository(old / "hub", "models--charactr--vocos-mel-24khz")
    project.environ["RUNPOD_POD_ID"] = "abc"
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert f"setup: removed 2 old copies of models from {old};" in done.stderr
    assert not old.exists()
    assert "old copies" not in project.run().stderr


def test_a_laptops_own_models_stay(project: Project) -> None:
    copy = repository(project.folder / "old" / "hub")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert (copy / "snapshots/abc/model.safetensors").read_bytes() == b"weights"
    assert "old copies" not in done.stderr


def test_what_is_not_in_that_layout_stays(old: Path, tmp_path: Path) -> None:
    copy = repository(old)
    (old / "models--mine").mkdir()
    (old / "mine.safetensors").write_bytes(b"weights")
    old_copies.remove_old_copies(tmp_path / "volume")
    assert not copy.exists()
    assert {path.name for path in old.iterdir()} == {"models--mine", "mine.safetensors"}


def test_a_volume_that_lies_there_is_left_alone(old: Path, tmp_path: Path) -> None:
    copy = repository(old / "hub")
    old_copies.remove_old_copies(tmp_path)
    old_copies.remove_old_copies(old)
    assert (copy / "snapshots/abc/model.safetensors").read_bytes() == b"weights"


def test_what_a_variable_still_names_is_left_alone(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = repository(old / "hub")
    monkeypatch.setenv("F5_CHECKPOINT", str(copy / "snapshots/abc/model.safetensors"))
    old_copies.remove_old_copies(tmp_path / "volume")
    assert copy.exists()


def test_nothing_there_is_nothing_to_say(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old_copies.remove_old_copies(tmp_path / "volume")
    assert capsys.readouterr().err == ""
    assert not old.exists()

"""Models in the platform's cache are found where every library looks, without a copy."""

from pathlib import Path

from f5_worker.models.platform_cache import link_cached_models

NAME = "models--owner--tiny"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def cached(volume: Path, text: str = "weights") -> Path:
    """The platform's layout: a snapshot of one file, and the reference that names it."""
    folder = volume / "huggingface-cache/hub" / NAME
    (folder / "refs").mkdir(parents=True)
    (folder / "refs/main").write_text(REVISION)
    file = folder / "snapshots" / REVISION / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_a_cached_model_is_linked_whatever_the_volume_is_called(volume: Path) -> None:
    cached(volume)
    link_cached_models(volume)
    moved = volume.rename(volume.with_name("elsewhere"))
    hub = moved / "models/hub"
    assert (hub / NAME).is_symlink()
    assert (hub / NAME / "snapshots" / REVISION / "config.yaml").read_text() == "weights"
    link_cached_models(moved)
    assert [path.name for path in hub.iterdir()] == [NAME]


def test_a_model_of_our_own_stays(volume: Path) -> None:
    cached(volume)
    (volume / "models/hub" / NAME).mkdir(parents=True)
    link_cached_models(volume)
    assert not (volume / "models/hub" / NAME).is_symlink()


def test_a_link_that_leads_nowhere_is_made_anew(volume: Path) -> None:
    cached(volume)
    (volume / "models/hub").mkdir(parents=True)
    (volume / "models/hub" / NAME).symlink_to("gone")
    link_cached_models(volume)
    assert (volume / "models/hub" / NAME / "refs/main").read_text() == REVISION


def test_what_is_no_model_is_not_linked_and_without_a_cache_nothing_is_made(volume: Path) -> None:
    link_cached_models(volume)
    assert list(volume.iterdir()) == []
    (volume / "huggingface-cache/hub" / NAME).mkdir(parents=True)
    link_cached_models(volume)
    assert not (volume / "models").exists()

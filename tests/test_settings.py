"""The environment is read once, checked, and documented."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from f5_worker.errors import CannotStart
from f5_worker.settings import Settings, load_settings

CONFIG_MD = Path(__file__).parent.parent / "CONFIG.md"


def documented_rows() -> list[str]:
    """CONFIG.md's table as it must be: variables, default, description of every setting."""
    rows = []
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [alias]
        variables = ", ".join(f"`{name}`" for name in names)
        default = "none" if field.default is None else f"`{field.default}`"
        rows.append(f"| {variables} | {default} | {field.description} |")
    return rows


def test_config_md_lists_every_variable_of_settings_and_no_other() -> None:
    rows = [line for line in CONFIG_MD.read_text().splitlines() if line.startswith("| `")]
    assert rows == documented_rows(), "\n".join(documented_rows())


def test_an_empty_environment_gives_the_documented_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in documented_rows():
        for name in re.findall(r"`([A-Z0-9_]+)`", line.split("|")[1]):
            monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert settings.volume == Path("/runpod-volume")
    assert settings.engine == "f5"
    assert settings.s3_bucket is None


@pytest.mark.parametrize(
    ("variable", "value", "phrase"),
    [
        ("JOB_CONCURRENCY", "many", "JOB_CONCURRENCY"),
        ("JOB_CONCURRENCY", "0", "greater than or equal to 1"),
        ("WORKER_PROFILE", "huge", "'base' or 'runtime'"),
        ("AWS_ENDPOINT_URL", "s3.example.com", "https://"),
        ("AWS_ACCESS_KEY_ID", "AKIA", "must be set together"),
        ("RETENTION_HOURS", "-1", "RETENTION_HOURS"),
    ],
)
def test_a_wrong_variable_stops_the_worker_with_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, phrase: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CannotStart, match=re.escape(phrase)):
        load_settings()


def test_the_secret_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings())


def test_runpods_own_names_for_the_bucket_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BUCKET_ENDPOINT_URL", "https://s3.example.com")
    monkeypatch.setenv("BUCKET_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("BUCKET_SECRET_ACCESS_KEY", "secret")
    settings = load_settings()
    assert settings.s3_endpoint == "https://s3.example.com"
    assert settings.s3_access_key == "key"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_BUCKET", "")
    assert load_settings().s3_bucket is None

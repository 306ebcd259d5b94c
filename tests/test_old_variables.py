import logging

import pytest

from f5_worker.old_variables import tell_replaced
from f5_worker.settings import Settings

# What deployments of the worker that came before set, and who reads it here.
READ_BY_SETTINGS = {
    *("S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"),
    *("GOOGLE_CREDENTIALS_JSON", "GOOGLE_APPLICATION_CREDENTIALS"),
}
READ_BY_LIBRARIES = {"PYTORCH_CUDA_ALLOC_CONF", "CUDA_VISIBLE_DEVICES", "RUNPOD_REALTIME_PORT"}
REPLACED = {
    *("GOOGLE_CLOUD_PROJECT", "ENABLE_S3_MODEL_CACHE", "HF_HOME", "HF_HUB_CACHE"),
    *("TRANSFORMERS_CACHE", "TORCH_HOME"),
}


def test_every_variable_is_read_or_told_once_without_its_value(caplog: pytest.LogCaptureFixture) -> None:
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    for name in READ_BY_SETTINGS:
        assert any(name == alias or name in getattr(alias, "choices", ()) for alias in aliases), name
    everything = READ_BY_SETTINGS | READ_BY_LIBRARIES | REPLACED
    with caplog.at_level(logging.INFO, logger="f5_worker"):
        tell_replaced(dict.fromkeys(everything, "hunter2"))
    assert sorted(vars(record)["variable"] for record in caplog.records) == sorted(REPLACED)
    assert all(vars(record)["instead"] for record in caplog.records)
    assert "hunter2" not in str([vars(record) for record in caplog.records])


def test_a_variable_that_is_not_set_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="f5_worker"):
        tell_replaced({"HF_HOME": ""})
    assert caplog.records == []

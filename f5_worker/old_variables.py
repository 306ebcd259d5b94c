"""Variables of deployments of the worker that came before which this one does not read, and what it does."""

import logging
from collections.abc import Mapping

log = logging.getLogger(__name__)

_MODELS = "every model is kept in models/ on the volume (RUNPOD_VOLUME)"
REPLACED = {
    "ENABLE_S3_MODEL_CACHE": _MODELS,
    "HF_HOME": _MODELS,
    "HF_HUB_CACHE": _MODELS,
    "TRANSFORMERS_CACHE": _MODELS,
    "TORCH_HOME": _MODELS,
    "GOOGLE_CLOUD_PROJECT": "the project is that of GOOGLE_CREDENTIALS_JSON",
}


def tell_replaced(environment: Mapping[str, str]) -> None:
    """One line in the log for each of them that is set; its value is not looked at."""
    for name, instead in REPLACED.items():
        if environment.get(name):
            log.info(
                "a variable of the environment is not read", extra={"variable": name, "instead": instead}
            )

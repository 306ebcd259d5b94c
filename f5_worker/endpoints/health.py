"""`health`, also called `status`: what is loaded, and what can be reached; no secret in it."""

import platform
import shutil
from importlib import metadata
from typing import Any

import f5_worker
from f5_worker.job import Job
from f5_worker.models.flash_attention import flash_attention
from f5_worker.models.store import stored
from f5_worker.schemas import HealthRequest
from f5_worker.services import Services
from f5_worker.subtitles import fonts

_PACKAGES = (
    "runpod",
    "torch",
    "f5-tts",
    "whisperx",
    "transformers",
    "google-cloud-speech",
    "espeakng-loader",
)


async def run(services: Services, job: Job, request: HealthRequest) -> dict[str, Any]:
    """Report versions, engine, aligners, free space and storage; slow checks run off the event loop."""
    return await job.in_thread(lambda: _report(services))


def _report(services: Services) -> dict[str, Any]:
    storage = services.stores[0].check()
    space = _space(services)
    return {
        "status": "healthy" if storage == "ok" and space else "degraded",
        "versions": {"worker": f5_worker.__version__, "python": platform.python_version(), **_versions()},
        "engine": {"name": services.engine.name, **services.engine.describe()},
        "aligners": {
            "loaded": [aligner.name for aligner in services.fallback_chain.aligners],
            "models": {aligner.name: aligner.describe() for aligner in services.fallback_chain.aligners},
            "not_available": services.fallback_chain.missing,
        },
        "flash_attn": flash_attention(),
        "fonts": fonts.installed(),
        "models": stored(services.settings.volume / "models"),
        "volume": space,
        "start_seconds": services.start_seconds,
        "storage": {"kind": services.stores[0].name, "check": storage},
        "credentials": {
            "s3": services.settings.s3_access_key is not None,
            "google": any(aligner.name == "google" for aligner in services.fallback_chain.aligners),
        },
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _space(services: Services) -> dict[str, int] | None:
    """The volume's size and what is free of it; None where it is gone."""
    try:
        usage = shutil.disk_usage(services.settings.volume)
    except OSError:
        return None
    return {"total_bytes": usage.total, "free_bytes": usage.free}

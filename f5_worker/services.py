"""The warm parts that every job shares, loaded before the first job is taken."""

import asyncio
import logging
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from f5_worker.errors import CannotStart
from f5_worker.guard import Guard
from f5_worker.models.platform_cache import link_cached_models
from f5_worker.old_variables import tell_replaced
from f5_worker.settings import Settings
from f5_worker.speech import Engine, Verifier
from f5_worker.speech.registry import load_engine
from f5_worker.start_report import stage, start_seconds
from f5_worker.storage import Store
from f5_worker.storage.registry import open_stores
from f5_worker.text.language import LanguageDetector
from f5_worker.timing.fallback_chain import FallbackChain
from f5_worker.timing.registry import load_fallback_chain
from f5_worker.voices.fetch import Fetcher
from f5_worker.voices.library import VoiceLibrary

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """What an endpoint works with.

    `stores` are in order of preference: the first holds the voices and takes the results, the others
    take what it could not. `verifier` can check what the engine spoke. `model_lock` lets one job at a
    time use the engine. `guards` keep what comes after it apart, by name. `start_seconds` is what each
    stage of the start took.
    """

    settings: Settings
    stores: tuple[Store, ...]
    voices: VoiceLibrary
    fetcher: Fetcher
    languages: LanguageDetector
    engine: Engine
    fallback_chain: FallbackChain
    verifier: Verifier | None
    start_seconds: dict[str, float] = field(default_factory=start_seconds)
    model_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    guards: dict[str, Guard] = field(default_factory=dict)

    def guard(self, name: str) -> Guard:
        """The guard of a part of the worker, the same for all jobs."""
        return self.guards.setdefault(name, Guard(name))


def warm_up(settings: Settings) -> Services:
    """Check the volume and load everything; raise `CannotStart` with one sentence when that fails."""
    tell_replaced(os.environ)
    scratch = _scratch_folder(settings)
    with stage("storage"):
        stores = open_stores(settings)
    link_cached_models(settings.volume)
    with stage("language"):
        languages = LanguageDetector.load(settings.default_language)
    with stage("engine"):
        engine = load_engine(settings)
    with stage("aligners"):
        fallback_chain = load_fallback_chain(settings)
    log.info(
        "ready",
        extra={
            "engine": engine.name,
            "aligners": ",".join(aligner.name for aligner in fallback_chain.aligners),
            "storage": stores[0].name,
            "seconds": start_seconds(),
        },
    )
    voices = VoiceLibrary(stores[0], scratch / "voices", settings.max_voice_seconds, settings.max_voice_bytes)
    fetcher = Fetcher(max_bytes=settings.max_voice_bytes, timeout=settings.fetch_timeout)
    verifier = next((aligner for aligner in fallback_chain.aligners if isinstance(aligner, Verifier)), None)
    return Services(settings, stores, voices, fetcher, languages, engine, fallback_chain, verifier)


def _scratch_folder(settings: Settings) -> Path:
    """Where local copies of voices are kept: on the volume, or beside it when only S3 is written to."""
    if not settings.volume.is_dir():
        raise CannotStart(
            f"the network volume {settings.volume} is not there; attach it to the endpoint, "
            "or set RUNPOD_VOLUME to the folder where it is mounted."
        )
    if os.access(settings.volume, os.W_OK):
        return settings.volume / "cache"
    if settings.s3_bucket is None:
        raise CannotStart(
            f"the network volume {settings.volume} cannot be written to; make it writable, "
            "or set S3_BUCKET so that results are stored there."
        )
    return Path(tempfile.gettempdir()) / "f5-worker-cache"

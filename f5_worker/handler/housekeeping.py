"""Old results and unused copies of voices are deleted between jobs, never while one waits for it."""

import asyncio
import logging
import time

from f5_worker.errors import WorkerError
from f5_worker.storage import Store
from f5_worker.storage.retention import clean_up
from f5_worker.voices.library import VoiceLibrary

log = logging.getLogger(__name__)

_INTERVAL = 3600.0  # seconds between two sweeps of one worker


class Housekeeping:
    """Tidies up in the background after a job, at most once an hour; without hours results stay for good."""

    def __init__(self, stores: tuple[Store, ...], voices: VoiceLibrary, retention_hours: float) -> None:
        self._stores = stores
        self._voices = voices
        self._hours = retention_hours
        self._next = time.monotonic()
        self._running: asyncio.Task[None] | None = None

    def after_job(self) -> None:
        """Start to tidy up when it is due; costs nothing otherwise."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _INTERVAL
            self._running = asyncio.create_task(asyncio.to_thread(self._tidy_up))

    def _tidy_up(self) -> None:
        try:
            self._voices.tidy_up()
            deleted = sum(clean_up(store, self._hours) for store in self._stores) if self._hours else 0
        except WorkerError as error:
            log.warning("not tidied up", extra={"why": str(error)})
        else:
            log.info("tidied up", extra={"old_results": deleted})

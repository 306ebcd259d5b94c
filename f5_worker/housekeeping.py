"""Old results are deleted between jobs, never while one waits for it."""

import asyncio
import logging
import time

from f5_worker.errors import WorkerError
from f5_worker.storage import Store
from f5_worker.storage.retention import sweep

log = logging.getLogger(__name__)

_INTERVAL = 3600.0  # seconds between two sweeps of one worker


class Housekeeping:
    """Sweeps the stores in the background after a job, at most once an hour."""

    def __init__(self, stores: tuple[Store, ...], retention_hours: float) -> None:
        self._stores = stores
        self._hours = retention_hours
        self._next = time.monotonic()
        self._running: asyncio.Task[None] | None = None

    def after_job(self) -> None:
        """Start a sweep when one is due; costs nothing otherwise."""
        if self._hours and time.monotonic() >= self._next:
            self._next = time.monotonic() + _INTERVAL
            self._running = asyncio.create_task(asyncio.to_thread(self._sweep))

    def _sweep(self) -> None:
        try:
            deleted = sum(sweep(store, self._hours) for store in self._stores)
        except WorkerError as error:
            log.warning("old results not deleted", extra={"why": str(error)})
        else:
            log.info("old results deleted", extra={"count": deleted})

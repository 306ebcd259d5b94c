"""Old results go; voices stay."""

from datetime import UTC, datetime, timedelta

from f5_worker.storage import Store
from f5_worker.storage.keys import OUTPUT, TIMINGS, WORDS

ABANDONED_AFTER = timedelta(hours=24)  # no write takes this long: its writer is dead


def clean_up(store: Store, max_age_hours: float, now: datetime | None = None) -> int:
    """Delete results last written more than `max_age_hours` before `now` (the present); say how many.

    Also removes what killed writers left behind. Raises `WorkerError(STORAGE_FAILED)`.
    """
    now = now or datetime.now(UTC)
    oldest = now - timedelta(hours=max_age_hours)
    old = [
        stored.key
        for prefix in (OUTPUT, TIMINGS, WORDS)
        for stored in store.list(prefix)
        if stored.last_modified < oldest
    ]
    for key in old:
        store.delete(key)
    store.discard_abandoned(now - ABANDONED_AFTER)
    return len(old)

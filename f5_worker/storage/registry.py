"""The stores that this worker uses, of those in the catalog."""

from f5_worker.catalog import STORES, load
from f5_worker.settings import Settings
from f5_worker.storage import Store


def open_stores(settings: Settings) -> tuple[Store, ...]:
    """Every store whose setting is set, in order of preference: the bucket, and the volume behind it.

    Says nothing yet about whether they can be used. boto3, slow to import, is left out without a bucket.
    """
    used = [part for part in STORES.values() if not part.setting or getattr(settings, part.setting)]
    return tuple(load(part.place).open(settings) for part in used)

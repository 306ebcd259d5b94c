"""Which stores this worker uses."""

from f5_worker.settings import Settings
from f5_worker.storage import Store
from f5_worker.storage.volume import VolumeStore


def open_stores(settings: Settings) -> tuple[Store, ...]:
    """The S3 bucket if one is set, and the volume behind it for results that the bucket does not take.

    Says nothing yet about whether they can be used.
    """
    volume = VolumeStore(settings.volume)
    if settings.s3_bucket is None:
        return (volume,)
    from f5_worker.storage.s3 import S3Store  # boto3 is slow to import

    return (S3Store(settings), volume)

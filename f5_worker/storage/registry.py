"""Which store this worker uses."""

from f5_worker.settings import Settings
from f5_worker.storage import Store
from f5_worker.storage.volume import VolumeStore


def open_store(settings: Settings) -> Store:
    """The S3 bucket if one is set, else the volume; says nothing yet about whether it can be used."""
    if settings.s3_bucket is None:
        return VolumeStore(settings.volume)
    from f5_worker.storage.s3 import S3Store  # boto3 is slow to import

    return S3Store(settings)

"""Settings that name a bucket, on any endpoint."""

from f5_worker.settings import Settings

SECRET = "hunter2-secret"


def bucket_settings(endpoint: str | None, bucket: str = "results", **more: str) -> Settings:
    return Settings.model_validate(
        {
            "S3_BUCKET": bucket,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "key-id",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "eu-central-003",
        }
        | more
    )

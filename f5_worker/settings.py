"""The environment as one typed, validated `Settings`; CONFIG.md lists every variable."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from f5_worker.catalog import ALIGNERS, ENGINES
from f5_worker.errors import CannotStart

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Read once at start-up. A field's alias is its variable, its description is CONFIG.md's text."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    volume: Path = Field(
        Path("/runpod-volume"),
        validation_alias="RUNPOD_VOLUME",
        description="Where the network volume is mounted.",
    )
    profile: Literal["base", "runtime"] = Field(
        "runtime",
        validation_alias="WORKER_PROFILE",
        description="Which requirements the venv on the volume holds.",
    )
    local: bool = Field(
        False,
        validation_alias="WORKER_LOCAL",
        description="Set by `start.sh --local`: lines for people, a progress bar, the paths of the files.",
    )
    engine: str = Field(
        "f5",
        validation_alias="TTS_ENGINE",
        description=f"The speech engine: {' or '.join(f'`{name}`' for name in ENGINES)}.",
    )
    default_language: str = Field(
        "en",
        pattern=r"^[a-z]{2}\z",
        validation_alias="DEFAULT_LANGUAGE",
        description="ISO 639-1 code of the language of a `text` that cannot be told.",
    )
    timing_methods: str = Field(
        ",".join(ALIGNERS),
        validation_alias="TIMING_METHODS",
        description="Aligners of the timing fallback chain, in order, separated by commas.",
    )
    align_languages: str = Field(
        "en",
        validation_alias="ALIGN_LANGUAGES",
        description="Languages whose alignment model is loaded at start-up; others on first use.",
    )
    align_model: str | None = Field(
        None,
        validation_alias="ALIGN_MODEL",
        description="Alignment models that replace WhisperX's own: `NAME` (English) or `de=NAME,fr=FOLDER`.",
    )
    google_credentials_json: SecretStr | None = Field(
        None,
        validation_alias="GOOGLE_CREDENTIALS_JSON",
        description="The whole key file of a Google service account, for Speech-to-Text; never logged.",
    )
    google_credentials_file: Path | None = Field(
        None,
        validation_alias="GOOGLE_APPLICATION_CREDENTIALS",
        description="A Google key file instead; without either, the machine's own credentials are tried.",
    )
    google_speech_endpoint: str | None = Field(
        None,
        validation_alias="GOOGLE_SPEECH_ENDPOINT",
        description="Regional endpoint of Speech-to-Text, such as `eu-speech.googleapis.com`.",
    )
    max_text_chars: int = Field(
        20_000,
        ge=1,
        le=200_000,
        validation_alias="MAX_TEXT_CHARS",
        description="Longest `text`, in characters.",
    )
    max_answer_bytes: int = Field(
        9_500_000,
        ge=100_000,
        le=19_500_000,
        validation_alias="MAX_ANSWER_BYTES",
        description="Largest answer, as encoded JSON. RunPod takes 10 MB from /run and 20 MB from /runsync.",
    )
    job_concurrency: int = Field(
        2,
        ge=1,
        le=8,
        validation_alias="JOB_CONCURRENCY",
        description="Jobs taken at once: one is synthesised while others fetch, are timed, encode or store.",
    )
    job_timeout: float = Field(
        0,
        ge=0,
        validation_alias="JOB_TIMEOUT_SECONDS",
        description="A job is stopped after this many seconds; set it below the endpoint's limit. 0: never.",
    )
    retention_hours: float = Field(
        0,
        ge=0,
        validation_alias="RETENTION_HOURS",
        description="Results older than this are deleted after a job, at most once an hour. 0: never.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="LOG_LEVEL", description="Least severe log line that is printed."
    )

    platform_output_url: str | None = Field(
        None,
        validation_alias="RUNPOD_WEBHOOK_POST_OUTPUT",
        description="Set by RunPod where jobs come from its queue; progress goes there.",
    )

    max_voice_bytes: int = Field(
        50 * MIB,
        ge=1,
        validation_alias="MAX_VOICE_BYTES",
        description="Largest reference audio file that is fetched, and how much of a stored one is read.",
    )
    max_voice_seconds: float = Field(
        120.0,
        gt=0,
        validation_alias="MAX_VOICE_SECONDS",
        description="How much of a reference audio is kept, in seconds.",
    )
    fetch_timeout: float = Field(
        60.0,
        gt=0,
        validation_alias="FETCH_TIMEOUT_SECONDS",
        description="Time limit for fetching a voice's URL.",
    )

    f5_model: str = Field(
        "F5TTS_v1_Base",
        validation_alias="F5_MODEL",
        description="Architecture: a configuration of the f5-tts package by name, or a YAML file like those.",
    )
    f5_checkpoint: Path | None = Field(
        None,
        validation_alias="F5_CHECKPOINT",
        description="Weights (`.safetensors` or `.pt`); the published ones of `F5_MODEL` if unset.",
    )
    f5_vocab: Path | None = Field(
        None,
        validation_alias="F5_VOCAB",
        description="Vocabulary the weights were trained with; the f5-tts package's if unset.",
    )
    f5_vocoder: str = Field(
        "charactr/vocos-mel-24khz",
        validation_alias="F5_VOCODER",
        description="Vocos: a Hugging Face repository, or a folder with `config.yaml`, `pytorch_model.bin`.",
    )
    f5_languages: str = Field(
        "en,zh",
        validation_alias="F5_LANGUAGES",
        description="What the weights were trained to speak: ISO 639-1 codes, separated by commas.",
    )
    f5_batch: int = Field(
        0,
        ge=0,
        le=32,
        validation_alias="F5_BATCH",
        description="Most chunks that F5-TTS speaks at once. 0: 8 on a GPU, 1 on a CPU (more is slower).",
    )
    f5_attempts: int = Field(
        3,
        ge=1,
        le=10,
        validation_alias="F5_ATTEMPTS",
        description="Attempts per chunk, at most, when words were skipped or repeated in it.",
    )
    whisper_model: str = Field(
        "large-v3-turbo",
        validation_alias="WHISPER_MODEL",
        description="faster-whisper model for transcripts: a name, a folder, or `none` to do without.",
    )

    s3_bucket: str | None = Field(
        None,
        validation_alias="S3_BUCKET",
        description="Bucket for results and voices; without it they stay on the volume.",
    )
    s3_endpoint: str | None = Field(
        None,
        validation_alias=AliasChoices("AWS_ENDPOINT_URL", "BUCKET_ENDPOINT_URL"),
        description="Endpoint of an S3-compatible store (Backblaze B2, Cloudflare R2, MinIO).",
    )
    s3_region: str | None = Field(None, validation_alias="AWS_REGION", description="Region of the bucket.")
    s3_access_key: str | None = Field(
        None,
        validation_alias=AliasChoices("AWS_ACCESS_KEY_ID", "BUCKET_ACCESS_KEY_ID"),
        description="Access key of the bucket.",
    )
    s3_secret_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("AWS_SECRET_ACCESS_KEY", "BUCKET_SECRET_ACCESS_KEY"),
        description="Secret key of the bucket; never logged.",
    )

    @field_validator("s3_endpoint")
    @classmethod
    def _endpoint_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must be a URL that starts with https:// (or http://)")
        return value

    @model_validator(mode="after")
    def _keys_come_in_pairs(self) -> Self:
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together")
        return self


def load_settings() -> Settings:
    """Read the environment; raise `CannotStart` naming the variable that is wrong, never a secret's value."""
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        variable = str(problem["loc"][0]) if problem["loc"] else "the environment"
        reason = problem["msg"].removeprefix("Value error, ")
        raise CannotStart(
            f"{variable} is not usable: {reason}. CONFIG.md lists what each variable takes."
        ) from None

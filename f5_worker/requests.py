"""What a job may ask for: one schema per endpoint; unknown fields are refused by name."""

import difflib
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from f5_worker.errors import Code, WorkerError

AudioFormat = Literal["wav", "flac", "mp3", "ogg"]
TimingFormat = Literal["srt", "vtt", "csv", "json", "ass"]
TimingMethod = Literal["whisperx", "google", "sphinx", "dtw"]
Granularity = Literal["word", "line", "sentence"]

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
JOB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
JobId = Annotated[str, StringConstraints(pattern=JOB_ID_PATTERN)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]


class _Schema(BaseModel):
    """Strict: no coercion from strings, no NaN, no fields that are not listed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class SubtitleStyle(_Schema):
    """Look of ASS subtitles, for a video of 1920x1080 pixels."""

    font: Annotated[str, StringConstraints(pattern=r"^[\w .-]{1,64}$")] = "Arial"
    size: int = Field(72, ge=8, le=300)
    bold: bool = False
    colour: Colour = "#FFFFFF"
    highlight: Colour = "#FFD700"
    outline_colour: Colour = "#000000"
    outline: float = Field(3.0, ge=0, le=20)
    shadow: float = Field(1.0, ge=0, le=20)
    position: Literal["bottom", "middle", "top"] = "bottom"
    margin: int = Field(60, ge=0, le=500)


class SubtitleOptions(_Schema):
    """How words are grouped into cues, and how ASS cues look."""

    granularity: Granularity = "word"
    max_line_chars: int = Field(42, ge=8, le=200)
    max_lines: int = Field(2, ge=1, le=4)
    karaoke: bool = False
    style: SubtitleStyle = SubtitleStyle()


class TtsRequest(_Schema):
    """Speak a text, and time its words if asked to."""

    endpoint: Literal["tts"] = "tts"
    text: str = Field(min_length=1)
    local_voice: str | None = Field(None, min_length=1, max_length=2048)
    ref_text: str | None = Field(None, min_length=1, max_length=2000)
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    speed: float = Field(1.0, ge=0.3, le=2.0)
    seed: int | None = Field(None, ge=0, le=2**31 - 1)
    nfe_step: int = Field(32, ge=4, le=128)
    cfg_strength: float = Field(2.0, ge=0.0, le=10.0)
    sway_sampling_coef: float = Field(-1.0, ge=-1.0, le=2.0)
    target_rms: float = Field(0.1, gt=0.0, le=1.0)
    cross_fade_duration: float = Field(0.15, ge=0.0, le=1.0)
    fix_duration: float | None = Field(None, gt=0.0, le=60.0)
    remove_silence: bool = False
    audio_format: AudioFormat = "wav"
    return_word_timings: bool = False
    timing_format: TimingFormat = "srt"
    timing_method: TimingMethod | None = None
    subtitles: SubtitleOptions = SubtitleOptions()


class DownloadRequest(_Schema):
    """Fetch a result: a presigned URL on S3, the bytes in parts on the volume."""

    endpoint: Literal["download"]
    job_id: JobId
    type: Literal["audio", "timing"] = "audio"
    format: AudioFormat | TimingFormat | None = None
    offset: int = Field(0, ge=0)


class UploadRequest(_Schema):
    """Store a reference voice from a URL or from base64."""

    endpoint: Literal["upload"]
    voice_name: Name
    voice_file_url: str | None = Field(None, min_length=1, max_length=2048)
    voice_data: str | None = Field(None, min_length=1)
    ref_text: str | None = Field(None, min_length=1, max_length=2000)


class ListVoicesRequest(_Schema):
    """List the stored voices."""

    endpoint: Literal["list_voices"]


class HealthRequest(_Schema):
    """Say what is loaded and what can be reached."""

    endpoint: Literal["health"]


Request = TtsRequest | DownloadRequest | UploadRequest | ListVoicesRequest | HealthRequest

"""What a job may ask for: one schema per endpoint; unknown fields are refused by name.

Every field's description completes the sentence "<field> must be ...", which is what a caller reads
when it is wrong and what API.md says about it.
"""

from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

AudioFormat = Literal["wav", "flac", "mp3", "ogg"]
TimingFormat = Literal["srt", "vtt", "csv", "json", "ass"]
Normalize = Literal["auto", "on", "off"]
TimingMethod = Literal["whisperx", "google", "sphinx", "dtw"]
Granularity = Literal["word", "line", "sentence"]

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z"
JOB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z"
A_NAME = "1 to 64 letters, digits, '-' or '_', starting with a letter or digit"
AN_ID = "1 to 128 letters, digits, '-' or '_', starting with a letter or digit"


def _without_control_characters(text: str) -> str:
    """Lone surrogates cannot be encoded and control characters break every subtitle format."""
    for position, character in enumerate(text):
        if (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff":
            raise ValueError(f"U+{ord(character):04X} at position {position} is not a character of text")
    return text


Text = Annotated[str, AfterValidator(_without_control_characters)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
JobId = Annotated[str, StringConstraints(pattern=JOB_ID_PATTERN)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}\z")]
A_COLOUR = "a colour written as '#RRGGBB'"


class _Schema(BaseModel):
    """Strict: no coercion from strings, no NaN, no fields that are not listed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class SubtitleStyle(_Schema):
    """Look of ASS subtitles, for a video of 1920x1080 pixels."""

    font: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}\z")] = Field(
        "Arial", description="the name of a font: letters, digits, spaces, '-' or '_', at most 64"
    )
    size: int = Field(72, ge=8, le=300, description="a whole number of pixels from 8 to 300")
    bold: bool = Field(False, description="true or false")
    colour: Colour = Field("#FFFFFF", description=A_COLOUR)
    highlight: Colour = Field("#FFD700", description=A_COLOUR)
    outline_colour: Colour = Field("#000000", description=A_COLOUR)
    outline: float = Field(3.0, ge=0, le=20, description="a number of pixels from 0 to 20")
    shadow: float = Field(1.0, ge=0, le=20, description="a number of pixels from 0 to 20")
    position: Literal["bottom", "middle", "top"] = Field(
        "bottom", description="one of 'bottom', 'middle', 'top'"
    )
    margin: int = Field(60, ge=0, le=500, description="a whole number of pixels from 0 to 500")


class SubtitleOptions(_Schema):
    """How words are grouped into cues, and how ASS cues look."""

    granularity: Granularity = Field("word", description="one of 'word', 'line', 'sentence'")
    max_line_chars: int = Field(42, ge=8, le=100, description="a whole number from 8 to 100")
    max_lines: int = Field(2, ge=1, le=4, description="a whole number from 1 to 4")
    karaoke: bool = Field(False, description="true or false")
    style: SubtitleStyle = Field(SubtitleStyle(), description="an object of style options")


class TtsRequest(_Schema):
    """Speak a text, and time its words if asked to."""

    endpoint: Literal["tts"] = "tts"
    text: Text = Field(min_length=1, description="a string of text to speak, not empty")
    local_voice: Text | None = Field(
        None,
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63}|[A-Za-z][A-Za-z0-9+.-]*://\S{1,2000})\z",
        description=f"the name of a stored voice ({A_NAME}) or an https:// URL",
    )
    ref_text: Text | None = Field(
        None, min_length=1, max_length=2000, description="what the reference audio says, 1 to 2000 characters"
    )
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}\z")] = Field(
        "en", description="an ISO 639-1 code such as 'en'"
    )
    speed: float = Field(1.0, ge=0.3, le=2.0, description="a number from 0.3 to 2.0")
    seed: int | None = Field(None, ge=0, le=2**31 - 1, description="a whole number from 0 to 2147483647")
    nfe_step: int = Field(32, ge=4, le=128, description="a whole number from 4 to 128")
    cfg_strength: float = Field(2.0, ge=0.0, le=10.0, description="a number from 0 to 10")
    sway_sampling_coef: float = Field(-1.0, ge=-1.0, le=2.0, description="a number from -1 to 2")
    target_rms: float = Field(0.1, ge=0.001, le=1.0, description="a number from 0.001 to 1")
    cross_fade_duration: float = Field(0.15, ge=0.0, le=1.0, description="a number of seconds from 0 to 1")
    fix_duration: float | None = Field(
        None, ge=0.1, le=60.0, description="a number of seconds from 0.1 to 60"
    )
    remove_silence: bool = Field(False, description="true or false")
    normalize: Normalize = Field("auto", description="one of 'auto', 'on', 'off'")
    verify: bool | None = Field(None, description="true or false")
    audio_format: AudioFormat = Field("wav", description="one of 'wav', 'flac', 'mp3', 'ogg'")
    return_word_timings: bool = Field(False, description="true or false")
    timing_format: TimingFormat = Field("srt", description="one of 'srt', 'vtt', 'csv', 'json', 'ass'")
    timing_method: TimingMethod | None = Field(
        None, description="one of 'whisperx', 'google', 'sphinx', 'dtw'"
    )
    subtitles: SubtitleOptions = Field(SubtitleOptions(), description="an object of subtitle options")


class DownloadRequest(_Schema):
    """Fetch a result: a presigned URL on S3, the bytes in parts on the volume."""

    endpoint: Literal["download"]
    job_id: JobId = Field(description=f"the id of a finished job: {AN_ID}")
    type: Literal["audio", "timing"] = Field("audio", description="'audio' or 'timing'")
    format: Literal["wav", "flac", "mp3", "ogg", "srt", "vtt", "csv", "json", "ass"] | None = Field(
        None,
        description="'wav', 'flac', 'mp3', 'ogg' for audio, 'srt', 'vtt', 'csv', 'json', 'ass' for timing",
    )
    offset: int = Field(0, ge=0, description="a whole number of bytes, 0 or more")

    @model_validator(mode="after")
    def _format_fits_type(self) -> Self:
        formats = get_args(AudioFormat if self.type == "audio" else TimingFormat)
        if self.format is not None and self.format not in formats:
            raise ValueError(f"format is {self.format!r}; for type {self.type!r} it must be one of {formats}")
        return self


class UploadRequest(_Schema):
    """Store a reference voice from a URL or from base64."""

    endpoint: Literal["upload"]
    voice_name: Name = Field(description=A_NAME)
    voice_file_url: Text | None = Field(
        None, min_length=1, max_length=2048, description="an https:// URL of at most 2048 characters"
    )
    voice_data: str | None = Field(None, min_length=1, description="an audio file encoded as base64")
    ref_text: Text | None = Field(
        None, min_length=1, max_length=2000, description="what the reference audio says, 1 to 2000 characters"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.voice_file_url is None) == (self.voice_data is None):
            raise ValueError("exactly one of voice_file_url and voice_data must be given")
        return self


class ListVoicesRequest(_Schema):
    """List the stored voices."""

    endpoint: Literal["list_voices"]


class HealthRequest(_Schema):
    """Say what is loaded and what can be reached."""

    endpoint: Literal["health"]


Request = TtsRequest | DownloadRequest | UploadRequest | ListVoicesRequest | HealthRequest

SCHEMAS: dict[str, type[Request]] = {
    "tts": TtsRequest,
    "download": DownloadRequest,
    "upload": UploadRequest,
    "list_voices": ListVoicesRequest,
    "health": HealthRequest,
}

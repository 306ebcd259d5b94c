"""What a job may ask for: one schema per endpoint.

A field's description says what it does for the caller; its rule completes the sentence "<field> must be
...", which is what a caller reads when it is wrong. A rule follows from the type and the bounds (`rules.py`)
unless a `Rule` is declared. What is taken besides the exact form stands in `forms.py`.
"""

import difflib
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from f5_worker.catalog import ALIGNERS, AUDIO_FORMATS, SUBTITLE_FORMATS
from f5_worker.forms import ANY_CASE, Flag, Form, Line, Number, Text, Whole
from f5_worker.rules import Rule, Unit, quoted
from f5_worker.subtitle_options import FontFile, SubtitleOptions
from f5_worker.voice_name import A_VOICE_NAME, VoiceName, VoiceNameOrUrl

if TYPE_CHECKING:  # which ones there are is known when the catalog is read
    AudioFormat: TypeAlias = str
    TimingFormat: TypeAlias = str
    AnyFormat: TypeAlias = str
    TimingMethod: TypeAlias = str
else:
    AudioFormat = Literal[tuple(AUDIO_FORMATS)]
    TimingFormat = Literal[tuple(SUBTITLE_FORMATS)]
    AnyFormat = Literal[(*AUDIO_FORMATS, *SUBTITLE_FORMATS)]
    TimingMethod = Literal[tuple(ALIGNERS)]
Normalize = Literal["auto", "on", "off"]

JOB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z"
LANGUAGE_PATTERN = r"^(?i:auto|[a-z]{2,3}([-_][a-z0-9]{1,8}){0,4})\z"  # BCP 47, which ignores case
AN_ID = "1 to 128 letters, digits, '-' or '_', starting with a letter or digit"

JobId = Annotated[str, StringConstraints(pattern=JOB_ID_PATTERN)]
RefText = Annotated[Text | None, Rule("what the reference audio says, 1 to 2000 characters")]


class TtsRequest(Form):
    """Speak a text, and time its words if asked to."""

    endpoint: Literal["tts"] = "tts"
    text: Annotated[Text, Rule("a string of text to speak, not empty")] = Field(
        min_length=1, description="What is spoken, and what the subtitles show."
    )
    local_voice: Annotated[
        VoiceNameOrUrl | None, Rule(f"the name of a stored voice ({A_VOICE_NAME}) or an https:// URL")
    ] = Field(None, description="The reference voice that is cloned; without it the engine's own speaks.")
    ref_text: RefText = Field(
        None,
        min_length=1,
        max_length=2000,
        description="What the reference says, to the word; without it the recording is listened to.",
    )
    language: Annotated[
        str,
        StringConstraints(pattern=LANGUAGE_PATTERN),
        Rule("'auto' or the tag of a language, such as 'en', 'pt-BR' or 'zh-Hans'"),
    ] = Field(
        "auto",
        description="The language of the text, or `auto` to have it found: how it is read and its words "
        "are timed.",
    )
    speed: Number = Field(
        1.0, ge=0.3, le=2.0, description="Pace: 2 is twice as fast, 0.5 takes twice as long."
    )
    seed: Whole | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Chooses one of the ways to say the text; the same seed says it the same way again.",
    )
    nfe_step: Whole = Field(
        32,
        ge=4,
        le=128,
        description="Steps from noise to speech: more is cleaner and slower, 16 takes half the time of 32.",
    )
    cfg_strength: Number = Field(
        2.0,
        ge=0,
        le=10,
        description="How closely speech keeps to text and reference: low is freer and may slur or skip, "
        "high is clearer and, far above 3, harsh.",
    )
    sway_sampling_coef: Number = Field(
        -1.0,
        ge=-1,
        le=2,
        description="Where the steps go: below 0 to the start, which decides words and rhythm; 0 evenly; "
        "above 0 to the end, which decides detail.",
    )
    target_rms: Number = Field(
        0.1,
        ge=0.001,
        le=1,
        description="Loudness that a quieter reference is raised to before the model hears it; the speech "
        "comes out as loud as the recording was.",
    )
    cross_fade_duration: Annotated[Number, Unit("seconds")] = Field(
        0.15, ge=0, le=1, description="How long two neighbouring chunks overlap; 0 puts them end to end."
    )
    fix_duration: Annotated[Number | None, Unit("seconds")] = Field(
        None,
        ge=0.1,
        le=60,
        description="Length of reference and speech together, in place of what `speed` would give.",
    )
    remove_silence: Flag = Field(
        False, description="Shortens silences of over a second to one; pauses of the text stay."
    )
    normalize: Annotated[Normalize, ANY_CASE] = Field(
        "auto", description="Reads numbers, dates, money and symbols out in words."
    )
    verify: Flag | None = Field(
        None, description="Compares every chunk with its text and speaks it again where words are wrong."
    )
    audio_format: Annotated[AudioFormat, ANY_CASE] = Field("wav", description="Format of the audio file.")
    return_word_timings: Flag = Field(False, description="Times the words and makes a subtitle file.")
    timing_format: Annotated[TimingFormat, ANY_CASE] = Field(
        "srt", description="Format of the subtitle file."
    )
    timing_method: Annotated[TimingMethod, ANY_CASE] | None = Field(
        None, description="The aligner to try first; without it the worker's own order counts."
    )
    subtitles: Annotated[SubtitleOptions, Rule("an object of subtitle options")] = Field(
        SubtitleOptions(), description="How words are grouped into cues, and how they look."
    )


def _nearest_type(value: object) -> object:
    """`type` as callers write it: in any case, in the plural, as a format or another word for it."""
    if not isinstance(value, str):
        return value
    near = difflib.get_close_matches(value.lower(), _TYPES, n=1)
    return _TYPES[near[0]] if near else value


_TYPES = {
    **dict.fromkeys(("audio", "sound", "speech", *AUDIO_FORMATS), "audio"),
    **dict.fromkeys(("timing", "subtitles", "captions", "words", "timestamps", *SUBTITLE_FORMATS), "timing"),
    "font": "font",
}
NEAREST_TYPE = BeforeValidator(_nearest_type)


class DownloadRequest(Form):
    """Fetch a result, subtitles made anew from a job's words, or a font."""

    endpoint: Literal["download", "result"]
    job_id: Annotated[JobId, Rule(f"the id of a finished job: {AN_ID}")] = Field(
        "", description="The job whose result is wanted."
    )
    type: Annotated[Literal["audio", "timing", "font"], NEAREST_TYPE] = Field(
        "audio", description="Its speech, its subtitles, or a font for them."
    )
    format: Annotated[
        Annotated[AnyFormat, ANY_CASE] | None,
        Rule(f"{quoted(AUDIO_FORMATS)} for audio, {quoted(SUBTITLE_FORMATS)} for timing"),
    ] = Field(None, description="The format; without it the one that there is.")
    subtitles: Annotated[SubtitleOptions | None, Rule("an object of subtitle options")] = Field(
        None, description="How the subtitles are to look; without it as they were first asked for."
    )
    font: FontFile = Field("FiraGO-Bold", description="The font that is wanted.")
    offset: Annotated[Whole, Unit("bytes")] = Field(
        0, ge=0, description="Where the part begins; the `next_offset` of the part before."
    )
    inline: Flag = Field(
        False, description="Sends the bytes of a file in a bucket too, where they fit an answer."
    )

    @model_validator(mode="after")
    def _format_fits_type(self) -> Self:
        formats = {"audio": tuple(AUDIO_FORMATS), "timing": tuple(SUBTITLE_FORMATS), "font": ()}[self.type]
        if self.format is not None and self.format not in formats:
            right = f"it must be one of {formats}" if formats else "it must not be set"
            raise ValueError(f"format is {self.format!r}; for type {self.type!r} {right}")
        return self

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.type != "font" and not self.job_id:
            raise ValueError(f"job_id is missing; it must be the id of a finished job: {AN_ID}")
        if self.subtitles is not None and (self.type != "timing" or self.format is None):
            raise ValueError("subtitles are made for type 'timing' and a format; both must be set")
        return self


class UploadRequest(Form):
    """Store a reference voice from a URL or from base64."""

    endpoint: Literal["upload"]
    voice_name: Annotated[VoiceName, Rule(A_VOICE_NAME)] = Field(
        description="The name that `local_voice` will use, with or without its ending."
    )
    voice_file_url: Annotated[Line | None, Rule("an https:// URL of at most 2048 characters")] = Field(
        None, min_length=1, max_length=2048, description="Where the recording is fetched from."
    )
    voice_data: Annotated[str | None, Rule("an audio file encoded as base64")] = Field(
        None, min_length=1, description="The recording itself."
    )
    ref_text: RefText = Field(
        None,
        min_length=1,
        max_length=2000,
        description="What the recording says, to the word; without it the recording is listened to.",
    )
    text_file_url: Annotated[Line | None, Rule("an https:// URL of at most 2048 characters")] = Field(
        None,
        min_length=1,
        max_length=2048,
        description="Where a text file with what it says is fetched from, in UTF-8, in place of `ref_text`.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.voice_file_url is None) == (self.voice_data is None):
            raise ValueError("exactly one of voice_file_url and voice_data must be given")
        return self


class ListVoicesRequest(Form):
    """List the stored voices."""

    endpoint: Literal["list_voices"]
    limit: Whole | None = Field(None, ge=1, le=10_000, description="Most voices of one answer.")
    next: Annotated[Text | None, Rule("the `next` of the answer before")] = Field(
        None, max_length=1024, description="Where the list goes on."
    )


class HealthRequest(Form):
    """Say what is loaded and what can be reached."""

    endpoint: Literal["health", "status"]


Request = TtsRequest | DownloadRequest | UploadRequest | ListVoicesRequest | HealthRequest

SCHEMAS: dict[str, type[Request]] = {
    "tts": TtsRequest,
    "download": DownloadRequest,
    "upload": UploadRequest,
    "list_voices": ListVoicesRequest,
    "health": HealthRequest,
    "status": HealthRequest,
    "result": DownloadRequest,
}

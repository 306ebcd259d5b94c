"""What there is of each kind, listed once: engines, aligners, stores, formats. It imports none of them.

Schemas, error sentences, content types, keys and settings are made from these lists. A place is
"module:attribute"; what lies there is imported when it is used (`load`).
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class StorePart:
    """A store's class, and the setting without which it is not used."""

    place: str
    setting: str | None = None


@dataclass(frozen=True)
class AudioPart:
    """An audio format's content type, and libsndfile's names for its container and coding."""

    content_type: str
    container: str
    coding: str


@dataclass(frozen=True)
class SubtitlePart:
    """A subtitle format's content type, and the function that writes it."""

    content_type: str
    place: str


ENGINES = {
    "f5": "f5_worker.speech.f5:F5Engine",
    "espeak": "f5_worker.speech.espeak:EspeakEngine",
}

ALIGNERS = {  # best first: the default order of the fallback chain
    "whisperx": "f5_worker.timing.whisperx:WhisperXAligner",
    "google": "f5_worker.timing.google:GoogleAligner",
    "sphinx": "f5_worker.timing.sphinx:SphinxAligner",
    "dtw": "f5_worker.timing.dtw:DtwAligner",
}

STORES = {  # in order of preference: each takes what the ones before it could not
    "s3": StorePart("f5_worker.storage.s3:S3Store", setting="s3_bucket"),
    "volume": StorePart("f5_worker.storage.volume:VolumeStore"),
}

AUDIO_FORMATS = {
    "wav": AudioPart("audio/wav", "WAV", "PCM_16"),
    "flac": AudioPart("audio/flac", "FLAC", "PCM_16"),
    "mp3": AudioPart("audio/mpeg", "MP3", "MPEG_LAYER_III"),
    "ogg": AudioPart("audio/ogg", "OGG", "VORBIS"),
}

SUBTITLE_FORMATS = {
    "srt": SubtitlePart("application/x-subrip", "f5_worker.subtitles.srt:write"),
    "vtt": SubtitlePart("text/vtt; charset=utf-8", "f5_worker.subtitles.vtt:write"),
    "csv": SubtitlePart("text/csv; charset=utf-8", "f5_worker.subtitles.csv:write"),
    "json": SubtitlePart("application/json", "f5_worker.subtitles.json:write"),
    "ass": SubtitlePart("text/x-ssa; charset=utf-8", "f5_worker.subtitles.ass:write"),
}


def load(place: str) -> Any:
    """What lies at "module:attribute"."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)

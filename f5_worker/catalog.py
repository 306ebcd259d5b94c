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
    """A subtitle format's content type, and the function that writes it.

    `effects` are the ways to mark the spoken word that it has; `styled` formats say in which colours and
    where words are shown.
    """

    content_type: str
    place: str
    effects: frozenset[str] = frozenset()
    styled: bool = False


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

_EVERY_WORD = frozenset({"step", "highlight", "box", "underline"})

SUBTITLE_FORMATS = {
    "srt": SubtitlePart("application/x-subrip", "f5_worker.subtitles.srt:write"),
    "vtt": SubtitlePart(
        "text/vtt; charset=utf-8", "f5_worker.subtitles.vtt:write", _EVERY_WORD | {"pop"}, styled=True
    ),
    "csv": SubtitlePart("text/csv; charset=utf-8", "f5_worker.subtitles.csv:write"),
    "json": SubtitlePart("application/json", "f5_worker.subtitles.json:write"),
    "ass": SubtitlePart(
        "text/x-ssa; charset=utf-8",
        "f5_worker.subtitles.ass:write",
        _EVERY_WORD | {"pop", "sweep"},
        styled=True,
    ),
    "lrc": SubtitlePart("text/plain; charset=utf-8", "f5_worker.subtitles.lrc:write", frozenset({"step"})),
    "ttml": SubtitlePart(
        "application/ttml+xml; charset=utf-8", "f5_worker.subtitles.ttml:write", _EVERY_WORD, styled=True
    ),
    "remotion": SubtitlePart("application/json", "f5_worker.subtitles.remotion:write"),
    "alignment": SubtitlePart("application/json", "f5_worker.subtitles.alignment:write"),
}


def load(place: str) -> Any:
    """What lies at "module:attribute"."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)

"""A voice ─▶ what the model is given of it: the cut recording, its mel and its transcript.

The steps are those of f5-tts's `preprocess_ref_audio_text` and of the start of its
`infer_batch_process`, with pydub as there, so that both hear the same samples. Only where the
recording is too long does this cut at a pause, or where it is quietest if it has none.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchaudio

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import Code, WorkerError
from f5_worker.speech.f5_model.mel import HOP
from f5_worker.text.words import is_unspaced

with warnings.catch_warnings():  # pydub looks for ffmpeg, which it needs for formats other than WAV only
    warnings.simplefilter("ignore", RuntimeWarning)
    from pydub import AudioSegment, silence
from f5_worker.voices.recording import MAX_REFERENCE_SECONDS

MIN_SECONDS = 0.5  # of speech, after cutting the silence at both ends
_LONG_PAUSE, _LONG_PAUSE_LEVEL = 1000, -50.0  # ms, dBFS: upstream shortens these to two seconds
_EDGE_LEVEL = -42.0  # dBFS, upstream's `remove_silence_edges`
_TAIL = 50  # ms of silence after the speech, as upstream
_CUT_PAUSE = 100  # ms; stops within a word are shorter than that
_CUT_LEVELS = (-40.0, -35.0)  # dBFS; the second for recordings with some noise
_QUIET_WINDOW = 50  # ms over which loudness is compared where there is no pause: a stop within a word
_QUIET_FROM = 0.5  # of the limit; as much at least is kept
_FASTEST = 30.0  # letters a second; the fastest speakers reach 25
_SLOWEST = 1.5  # letters a second; slow, clear speech has 8
_FASTEST_CUT = 20.0  # letters a second, where the transcript may be of the part that was cut off
_HAN_LETTERS = 3  # letters that take as long to say as one Chinese character


@dataclass(frozen=True)
class Recording:
    """The part of a voice's recording that is used: float32 [samples], -1 to 1, at `rate` Hz."""

    samples: torch.Tensor
    rate: int
    is_cut: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Reference:
    """A voice as the model takes it.

    `mel` is [1, frames + 1, 100] in the model's precision; `text` is its transcript as the model
    reads it; `rms` the recording's own loudness (a scalar), where `target_rms` is louder, else None.
    """

    mel: torch.Tensor
    frames: int
    text: str
    rms: torch.Tensor | None
    target_rms: float
    seconds: float
    seconds_per_byte: float


def cut_recording(path: Path) -> Recording:
    """At most `MAX_REFERENCE_SECONDS` of a mono PCM16 WAV, ending in a pause, without silence at its ends.

    Raises `WorkerError(VOICE_REJECTED)` when nothing is left.
    """
    audio = AudioSegment.from_file(path)
    loud = _without_long_pauses(audio)
    is_cut = len(loud) > MAX_REFERENCE_SECONDS * 1000
    if is_cut:
        loud = loud[: _last_pause(loud)]
    speech = _without_edges(loud)
    if len(speech) < MIN_SECONDS * 1000:
        raise WorkerError(
            Code.VOICE_REJECTED,
            f"the reference audio holds {len(speech) / 1000:.1f} s of speech; it must hold at least "
            f"{MIN_SECONDS:g}, and 5 to 12 are best",
        )
    speech += AudioSegment.silent(duration=_TAIL)
    scale = float(1 << (8 * speech.sample_width - 1))
    samples = np.array(speech.get_array_of_samples(), dtype=np.float32) / np.float32(scale)
    return Recording(torch.from_numpy(samples), speech.frame_rate, is_cut)


def check_transcript(text: str, recording: Recording) -> None:
    """Refuse a transcript that cannot be of this recording: its words would leak into the speech.

    Raises `WorkerError(VOICE_REJECTED)` for more letters, or fewer, than anyone says in that time.
    """
    letters = sum(_HAN_LETTERS if is_unspaced(c) else 1 for c in text if not c.isspace())
    fastest = _FASTEST_CUT if recording.is_cut else _FASTEST
    if not _SLOWEST <= letters / recording.seconds <= fastest:
        cut = f", after it was cut at a pause before {MAX_REFERENCE_SECONDS:g} s" if recording.is_cut else ""
        raise WorkerError(
            Code.VOICE_REJECTED,
            f"the transcript has {letters} letters, which nobody says in the {recording.seconds:.1f} s that "
            f"are used of the reference audio{cut}; ref_text must be what is said there, word for word",
        )


def prepare(
    recording: Recording, transcript: str, target_rms: float, mel_spec: Any, dtype: torch.dtype
) -> Reference:
    """Loudness, sample rate and mel of a recording, on the device of `mel_spec`."""
    audio = recording.samples[None]
    rms = torch.sqrt(torch.mean(torch.square(audio)))
    is_raised = bool(rms < target_rms)
    if is_raised:
        audio = audio * target_rms / rms
    if recording.rate != SAMPLE_RATE:
        audio = torchaudio.transforms.Resample(recording.rate, SAMPLE_RATE)(audio)
    frames = audio.shape[-1] // HOP
    text = _as_sentence(transcript)
    return Reference(
        mel=mel_spec(audio.to(mel_spec.dummy.device)).permute(0, 2, 1).to(dtype),
        frames=frames,
        text=text,
        rms=rms if is_raised else None,
        target_rms=target_rms,
        seconds=recording.seconds,
        seconds_per_byte=recording.seconds / len(text.removesuffix(" ").encode()),
    )


def _without_long_pauses(audio: AudioSegment) -> AudioSegment:
    parts = silence.split_on_silence(
        audio,
        min_silence_len=_LONG_PAUSE,
        silence_thresh=_LONG_PAUSE_LEVEL,
        keep_silence=_LONG_PAUSE,
        seek_step=10,
    )
    return sum(parts, AudioSegment.silent(duration=0))


def _last_pause(audio: AudioSegment) -> int:
    """Milliseconds to the middle of the last pause that begins before the limit, or of the quietest place."""
    most = int(MAX_REFERENCE_SECONDS * 1000)
    for level in _CUT_LEVELS:
        pauses = silence.detect_silence(audio[:most], _CUT_PAUSE, level, seek_step=10)
        inside = [(start, end) for start, end in pauses if start > MIN_SECONDS * 1000]
        if inside:
            start, end = inside[-1]
            return int(start + end) // 2
    return _quietest(audio[:most])


def _quietest(audio: AudioSegment) -> int:
    """Milliseconds to the middle of the quietest window in the second half."""
    samples = np.array(audio.get_array_of_samples(), dtype=np.float64)
    length = audio.frame_rate * _QUIET_WINDOW // 1000
    total = np.cumsum(np.square(samples))
    energy = total[length:] - total[:-length]
    first = int(len(energy) * _QUIET_FROM)
    middle = first + int(np.argmin(energy[first:])) + length // 2
    return int(middle * 1000 / audio.frame_rate)


def _without_edges(audio: AudioSegment) -> AudioSegment:
    audio = audio[silence.detect_leading_silence(audio, silence_threshold=_EDGE_LEVEL) :]
    tail = silence.detect_leading_silence(audio.reverse(), silence_threshold=_EDGE_LEVEL)
    return audio[: len(audio) - tail] if tail > 0 else audio


def _as_sentence(text: str) -> str:
    """The transcript with the full stop and the two spaces after it that upstream ends it with."""
    if not text.endswith((". ", "。")):
        text += " " if text.endswith(".") else ". "
    return text if text.endswith("。") else text + " "

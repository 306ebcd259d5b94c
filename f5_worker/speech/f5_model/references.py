"""The voices in use: each one cut, transcribed if it must be, and turned into a mel once."""

from functools import partial
from types import SimpleNamespace

import torch

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import Code, WorkerError
from f5_worker.models.whisper import Transcriber
from f5_worker.speech.f5_model.device import DeviceThread
from f5_worker.speech.f5_model.lru_cache import LruCache
from f5_worker.speech.f5_model.mel import HOP, N_FFT, N_MELS
from f5_worker.speech.f5_model.reference import (
    Recording,
    Reference,
    check_transcript,
    cut_recording,
    prepare,
)
from f5_worker.voices.library import Voice

_KEPT = 64  # voices; 3 MB each at most


class References:
    """Voice ─▶ `Reference`, on one device and in one precision."""

    def __init__(
        self,
        upstream: SimpleNamespace,
        thread: DeviceThread,
        dtype: torch.dtype,
        transcriber: Transcriber | None,
    ) -> None:
        self._dtype = dtype
        self._transcriber = transcriber
        self._thread = thread
        mel_spec = upstream.MelSpec(
            n_fft=N_FFT,
            hop_length=HOP,
            win_length=N_FFT,
            n_mel_channels=N_MELS,
            target_sample_rate=SAMPLE_RATE,
            mel_spec_type="vocos",
        )
        self._mel_spec = thread.run(partial(mel_spec.to, thread.device))
        self._recordings: LruCache[str, Recording] = LruCache(_KEPT)
        self._heard: LruCache[str, str] = LruCache(_KEPT)
        self._references: LruCache[tuple[str, str, float], Reference] = LruCache(_KEPT)

    def get(self, voice: Voice, target_rms: float) -> Reference:
        """What the model is given of a voice; raises `WorkerError(VOICE_REJECTED)` where it does not fit."""
        recording, text = self._recording(voice), self.transcript(voice)
        make = partial(prepare, recording, text, target_rms, self._mel_spec, self._dtype)
        return self._references.get((voice.sha256, text, target_rms), partial(self._thread.run, make))

    def transcript(self, voice: Voice) -> str:
        """What is said in the part of the recording that is used: as given, or else heard once.

        What is given says the whole recording, so a part of it is heard where somebody can listen.
        Raises `WorkerError(VOICE_REJECTED)` when a given one does not fit that part, when there is
        nobody to listen or nothing to hear, and for a recording that cannot be used at all.
        """
        recording = self._recording(voice)
        text = voice.ref_text.strip()
        if not text or (recording.is_cut and self._transcriber is not None):
            text = self._heard.get(voice.sha256, partial(self._hear, voice))
        check_transcript(text, recording)
        return text

    def _recording(self, voice: Voice) -> Recording:
        return self._recordings.get(voice.sha256, partial(cut_recording, voice.path))

    def _hear(self, voice: Voice) -> str:
        if self._transcriber is None:
            raise WorkerError(
                Code.VOICE_REJECTED,
                f"the voice {voice.name!r} has no transcript and WHISPER_MODEL is none; give ref_text: "
                "what its recording says",
            )
        recording = self._recording(voice)
        text = self._transcriber.transcribe(recording.samples.numpy(), recording.rate)
        if not text:
            raise WorkerError(
                Code.VOICE_REJECTED,
                f"no speech was understood in the recording of the voice {voice.name!r}; give ref_text, "
                "or send a recording of clear speech",
            )
        return text

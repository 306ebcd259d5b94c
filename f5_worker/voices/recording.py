"""Is this recording fit to be a reference voice? Bytes in, a mono WAV and a report out."""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import soundfile

from f5_worker.audio import Samples, mix_to_mono, resample
from f5_worker.audio.decoding import UndecodableAudio, decode
from f5_worker.audio.encoding import encode
from f5_worker.errors import Code, WorkerError

MIN_SECONDS = 1.0  # less holds no voice to imitate
MIN_RATE = 8_000  # Hz; telephone speech, the least that is intelligible
MAX_RATE = 48_000  # Hz; more adds bytes, but nothing that a 24 kHz engine could use
MAX_DECODED_BYTES = 256 * 1024 * 1024  # 120 seconds of 8 channels at 48 kHz are 184 million

_SILENT_PEAK = -50.0  # dBFS; room noise of a quiet recording, with nobody speaking
_QUIET_RMS = -40.0  # dBFS; speech is usually between -30 and -15
_CLIPPED = 0.999  # of full scale
_CLIPPED_SHARE = 0.001  # of the samples; single ones are inaudible
_GOOD_RATE = 16_000  # Hz
MAX_REFERENCE_SECONDS = 12.0  # upstream's limit: with more, little of the model's 30 s is left
_FRAME = 0.02  # seconds over which loudness is measured
_SPEECH_ABOVE = -40.0  # dB below the loudest frame


@dataclass(frozen=True)
class Reference:
    """A checked recording: `wav` is mono PCM16 of `duration` seconds at `sample_rate` Hz."""

    wav: bytes
    duration: float
    sample_rate: int
    sha256: str
    warnings: tuple[str, ...]


def check_reference(data: bytes, max_seconds: float) -> Reference:
    """Decode and judge a recording; raise `WorkerError(VOICE_REJECTED)` with the reason if it is unfit.

    The rate is kept up to 48 kHz and the channels are mixed to one. Of a longer recording the first
    `max_seconds` are used; what follows is never decoded.
    """
    _check_decoded_size(data, max_seconds)
    try:
        samples, rate = decode(data, max_seconds)
    except UndecodableAudio as error:
        raise _rejected(str(error)) from None
    kept = int(max_seconds * rate)
    is_longer = len(samples) > kept
    samples = samples[:kept]
    mono = _mono(samples, rate)
    duration = len(mono) / rate
    if duration < MIN_SECONDS:
        raise _rejected(
            f"the reference audio is {duration:.2f} seconds long; it must be at least {MIN_SECONDS:g}, "
            "and 5 to 12 are best"
        )
    warnings = _warnings(samples, mono, rate)
    if is_longer:
        warnings = (f"it is longer than {max_seconds:g} seconds; only its beginning is kept", *warnings)
    if rate > MAX_RATE:
        mono, rate = resample(mono, rate, MAX_RATE), MAX_RATE
    wav = encode(mono, rate, "wav")
    return Reference(wav, len(mono) / rate, rate, hashlib.sha256(wav).hexdigest(), warnings)


def _check_decoded_size(data: bytes, max_seconds: float) -> None:
    """Refuse, by its header, a small file that would fill the memory: silence compresses very well."""
    try:
        header = soundfile.info(io.BytesIO(data))
    except soundfile.SoundFileError:
        return  # decoding it will say what is wrong
    frames = min(header.frames, max_seconds * header.samplerate)
    size = frames * header.channels * np.dtype(np.float32).itemsize
    if size > MAX_DECODED_BYTES:
        raise _rejected(
            f"the reference audio is {header.channels} channels at {header.samplerate} Hz, which is more "
            f"than {MAX_DECODED_BYTES // 2**20} MiB when decoded; send one channel at 48000 Hz or less"
        )


def _mono(samples: Samples, rate: int) -> Samples:
    if rate < MIN_RATE:
        raise _rejected(f"the reference audio has a sample rate of {rate} Hz; it must be at least {MIN_RATE}")
    if not np.isfinite(samples).all():
        raise _rejected(
            "the reference audio holds samples that are no numbers; export it again as 16-bit WAV"
        )
    mono = mix_to_mono(samples)
    if len(mono) and _decibels(np.abs(mono).max()) < _SILENT_PEAK:
        raise _rejected(
            f"the reference audio is silent (its peak is below {_SILENT_PEAK:g} dBFS); it must hold speech"
        )
    return mono


def _warnings(samples: Samples, mono: Samples, rate: int) -> tuple[str, ...]:
    """What makes a usable recording a poor reference."""
    seconds = len(mono) / rate
    clipped = float(np.mean(np.abs(samples) >= _CLIPPED))
    speech, rms = _speech_share(mono, rate), _decibels(np.sqrt(np.mean(np.square(mono))))
    poor = {
        f"{clipped:.1%} of the samples are clipped; record it with less gain": clipped > _CLIPPED_SHARE,
        f"only {speech:.0%} of it is louder than silence; cut the pauses": speech < 0.5,
        f"it is very quiet ({rms:.0f} dBFS); record it closer or with more gain": rms < _QUIET_RMS,
        f"its sample rate is {rate} Hz; 24000 Hz or more sound better": rate < _GOOD_RATE,
        f"it is {seconds:.1f} seconds long; F5-TTS uses at most {MAX_REFERENCE_SECONDS:g}, up to the last "
        "pause before that or, without one, the quietest place": seconds > MAX_REFERENCE_SECONDS,
    }
    return tuple(sentence for sentence, applies in poor.items() if applies)


def _speech_share(mono: Samples, rate: int) -> float:
    """The share of 20 ms frames that are within 40 dB of the loudest one, 0 to 1."""
    length = int(_FRAME * rate)
    frames = mono[: len(mono) // length * length].reshape(-1, length)
    power = np.mean(np.square(frames), axis=1)
    return float(np.mean(power > power.max() * 10 ** (_SPEECH_ABOVE / 10)))


def _decibels(amplitude: float) -> float:
    """Amplitude (1 is full scale) in dBFS."""
    return float(20 * np.log10(max(amplitude, 1e-10)))


def _rejected(message: str) -> WorkerError:
    return WorkerError(Code.VOICE_REJECTED, message)

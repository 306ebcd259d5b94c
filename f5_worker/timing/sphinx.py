"""pocketsphinx's forced alignment: US English, from the acoustic model in its wheel; no network needed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from f5_worker.audio import RECOGNITION_RATE, SAMPLE_RATE, Audio, resample
from f5_worker.espeak_ng.library import EVENT_PHONEME
from f5_worker.espeak_ng.process import speaking
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.text.normalization import spoken_words
from f5_worker.timing import ChunkTiming, Unavailable
from f5_worker.timing.checks import contiguous, flaw, loud_frames, trimmed
from f5_worker.timing.sphinx_arpabet import arpabet
from f5_worker.timing.word_timing import WordTiming, chunk_audio, written_words

if TYPE_CHECKING:
    from pocketsphinx import Decoder

_FRAME = 0.01  # seconds
_PAD = 0.3  # seconds of near silence on either side, for the decoder's first and last silence
_NOISE = 4  # of 32768, peak to peak: the features of digital silence are minus infinity
_WORD_BONUS = 1e3  # times the probability for every word: paths that have not reached the last one lose to it
_BEAM = 1e-100  # the right path is often behind for a second: narrow beams lose it, in long audio for good
_VOICE = "gmw/en-US"  # whose phonemes stand for words that are not in the dictionary
_WORDS_PER_MINUTE = 175  # of no effect on the phonemes; the library's default


class SphinxAligner:
    """Aligns each chunk's words. Words the dictionary lacks get their phones from espeak-ng, once."""

    name: ClassVar[str] = "sphinx"
    needs_warning: ClassVar[bool] = True

    def __init__(self) -> None:
        self._idle = [_decoder()]  # a decoder serves one call at a time

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load the acoustic model and the dictionary; raise `Unavailable` when pocketsphinx is not there."""
        try:
            return cls()
        except ImportError:
            raise Unavailable("the pocketsphinx package is not installed") from None

    def describe(self) -> dict[str, Any]:
        """The languages of its one model."""
        return {"languages": ["en"]}

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """Its acoustic model is American English."""
        return "" if language == "en" else f"it knows English only, not {language!r}"

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Align every chunk by itself, with a decoder that no other job uses meanwhile."""
        try:
            decoder = self._idle.pop()
        except IndexError:
            decoder = _decoder()
        words = {word.text for span in spans for word in spoken_words(span.chunk, language)}
        _learn(decoder, sorted(words), control)
        timings = []
        for done, span in enumerate(spans, start=1):
            control.check()
            timings.append(_time_chunk(decoder, chunk_audio(speech, span), span, language))
            control.report("timing", done, len(spans))
        self._idle.append(decoder)
        return timings


def _decoder() -> "Decoder":
    from pocketsphinx import Decoder

    beams = {"beam": _BEAM, "pbeam": _BEAM, "wbeam": _BEAM}
    return Decoder(lm=None, loglevel="FATAL", wip=_WORD_BONUS, **beams)


def _learn(decoder: "Decoder", words: Sequence[str], control: JobControl) -> None:
    """Add the words that are not in the dictionary; one without any English sound stays unknown."""
    new = [word for word in words if decoder.lookup_word(word) is None]
    if not new:
        return
    with speaking(new, _VOICE, _WORDS_PER_MINUTE, control) as (_, results):
        for word, spoken in zip(new, results, strict=True):
            names = [event.name.decode() for event in spoken.events if event.type == EVENT_PHONEME]
            phones = arpabet(names)
            if phones:
                decoder.add_word(word, phones, True)


def _time_chunk(decoder: "Decoder", audio: Audio, span: Span, language: str) -> ChunkTiming:
    spoken = spoken_words(span.chunk, language)
    known = [word for word in spoken if decoder.lookup_word(word.text) is not None]
    loud = loud_frames(audio)
    if not known or not loud.any():
        return ChunkTiming(failure="there is nothing to align: no known word or no sound")
    found = _align(decoder, audio, [word.text for word in known])
    if found is None:
        return ChunkTiming(failure="the audio does not match the text")
    times = dict(zip(known, found, strict=True))
    fitted = trimmed(contiguous([times.get(word) for word in spoken], loud), loud)
    problem = flaw(fitted, loud)
    return (
        ChunkTiming(failure=problem)
        if problem
        else ChunkTiming(written_words(span, spoken, fitted, SphinxAligner.name))
    )


def _align(decoder: "Decoder", audio: Audio, words: Sequence[str]) -> list[WordTiming] | None:
    """Times of the words, or None when the decoder finds no path through all of them."""
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw(_pcm(audio), no_search=False, full_utt=True)
    decoder.end_utt()
    segments = [
        segment
        for segment in decoder.seg() or ()
        if not segment.word.startswith(("<", "(", "["))  # silence and noise
    ]
    if [segment.word.partition("(")[0] for segment in segments] != list(words):
        return None  # "read(2)" is a word's second pronunciation
    length = len(audio) / SAMPLE_RATE
    return [
        WordTiming(
            min(max(segment.start_frame * _FRAME - _PAD, 0.0), length),
            min(max((segment.end_frame + 1) * _FRAME - _PAD, 0.0), length),
            None,
        )
        for segment in segments
    ]


def _pcm(audio: Audio) -> bytes:
    samples = np.pad(resample(audio, SAMPLE_RATE, RECOGNITION_RATE), round(_PAD * RECOGNITION_RATE))
    noise = np.random.default_rng(0).integers(0, _NOISE, len(samples))
    return (np.clip(samples, -1, 1) * 32760 + noise).astype(np.int16).tobytes()

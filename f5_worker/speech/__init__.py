"""Speech engines: a script in, audio and the place of every chunk in it out.

To add an engine: write `speech/<name>.py` with a class that satisfies `Engine` and a line in
`ENGINES` of `f5_worker/catalog.py`. Heavy imports belong inside that class's `load`, never at the top of
a module.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.job import JobControl
from f5_worker.schemas import Normalize
from f5_worker.settings import Settings
from f5_worker.text.chunks import Budget, Chunk, Script
from f5_worker.text.words import Word
from f5_worker.voices.library import Voice


@dataclass(frozen=True)
class SpeechOptions:
    """How to speak; names, meanings and defaults are those of F5-TTS's command line, where it has them."""

    seed: int
    speed: float = 1.0
    nfe_step: int = 32
    cfg_strength: float = 2.0
    sway_sampling_coef: float = -1.0
    target_rms: float = 0.1
    cross_fade_duration: float = 0.15  # seconds
    fix_duration: float | None = None  # seconds, reference included
    remove_silence: bool = False
    normalize: Normalize = "auto"
    verify: bool | None = None  # None: where a verifier is loaded


@dataclass(frozen=True)
class Span:
    """Where one chunk is heard: samples [start, end) of `Speech.audio`."""

    chunk: Chunk
    start: int
    end: int


@dataclass(frozen=True)
class Check:
    """What came of comparing a chunk with its text: how often it was spoken, and its match score, 0 to 1."""

    attempts: int
    match: float


@dataclass(frozen=True)
class Speech:
    """What an engine made of a script.

    `audio` is float32 [samples] at `SAMPLE_RATE`; `spans` are in order, one a chunk. `words` holds
    the engine's own word times when it has them (espeak does, F5-TTS does not), one a token. `checks`
    has one a chunk where each was compared with its text.
    """

    audio: Audio
    spans: tuple[Span, ...]
    words: tuple[Word, ...] | None = None
    warnings: tuple[str, ...] = field(default=())
    checks: tuple[Check, ...] = field(default=())

    @property
    def duration(self) -> float:
        """Length of the audio in seconds."""
        return len(self.audio) / SAMPLE_RATE


@runtime_checkable
class Verifier(Protocol):
    """Whoever can compare speech with its text."""

    def match_score(self, audio: Audio, text: str, language: str) -> float | None:
        """How much of `text` is heard in audio at `SAMPLE_RATE`: 0 (nothing) to 1 (all, and nothing else).

        None where it cannot tell, as in a language that it does not know.
        """
        ...


class Engine(Protocol):
    """A warm speech model. `load` happens before the first job; `speak` is called by one thread at a time."""

    name: ClassVar[str]
    unused_options: ClassVar[frozenset[str]]
    """Request fields that this engine cannot honour; a request that sets one gets a warning."""
    default_voice: Voice | None
    """The voice of a request that names none; None when the engine speaks with a voice of its own."""

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load and warm the model; raise `CannotStart` with one sentence when that is impossible."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether the ISO 639-1 `language` can be spoken."""
        ...

    def budget(self, voice: Voice | None, options: SpeechOptions) -> Budget:
        """How much text one chunk may hold with this voice and these options."""
        ...

    def speak(
        self,
        script: Script,
        voice: Voice | None,
        options: SpeechOptions,
        control: JobControl,
        verifier: Verifier | None = None,
    ) -> Speech:
        """Speak every chunk in order; report progress and check for cancellation after each one.

        `verifier` may check what is spoken, where the engine has none of its own.
        """
        ...

    def transcribe(self, voice: Voice) -> str:
        """The voice's transcript: as given, else heard; "" where it is not known and the engine needs none.

        Raises `WorkerError(VOICE_REJECTED)` for a voice that this engine cannot speak with.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """What `health` tells about the engine: model names, device, versions; JSON, no secret, no path."""
        ...

"""F5-TTS: speech in a cloned voice, the same bytes again for the same request and seed."""

import hashlib
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import soundfile

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.errors import CannotStart, WorkerError
from f5_worker.guard import Failed, Guard
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Check, Span, Speech, SpeechOptions, Verifier
from f5_worker.start_report import stage
from f5_worker.text.chunks import Budget, Script
from f5_worker.voices.library import Voice

if TYPE_CHECKING:  # what imports torch is imported by `load` only
    from f5_worker.models.whisper import Transcriber
    from f5_worker.speech.f5_model.candidates import BestOf, Verify
    from f5_worker.speech.f5_model.model_input import ModelInput
    from f5_worker.speech.f5_model.references import References
    from f5_worker.speech.f5_model.synthesizer import Synthesizer

MODEL_SECONDS = 22.0  # reference and speech together, upstream's limit; the model was trained on up to 30
_VERIFYING = 1.0  # seconds that comparing a chunk with its text may take, and as long again as it lasts
MIN_SECONDS = 1.5  # of speech; shorter chunks sound chopped off
_DIGIT_COST = 5  # letters more than its own that a digit takes when it is spoken

# The recording that f5-tts's own examples use, and what it says (infer/examples/basic/basic.toml).
_EXAMPLE = "infer/examples/basic/basic_ref_en.wav"
_EXAMPLE_TEXT = "Some call me nature, others call me mother nature."


class F5Engine:
    """F5-TTS and Vocos, warm, on a GPU if there is one."""

    name: ClassVar[str] = "f5"
    unused_options: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        synthesizer: "Synthesizer",
        *,
        references: "References",
        best_of: "BestOf",
        transcriber: "Transcriber | None",
        default_voice: Voice,
        languages: frozenset[str],
        facts: dict[str, str],
    ) -> None:
        self._synthesizer = synthesizer
        self._references = references
        self._best_of = best_of
        self._transcriber = transcriber
        self._guard = Guard("verifier")
        self.default_voice = default_voice
        self._languages = languages
        self._facts = facts

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load F5-TTS, Vocos and Whisper and run each model once; raise `CannotStart` if that fails."""
        _check_packages()
        with stage("f5_imports"):
            from f5_worker.models.store import shown
            from f5_worker.models.whisper import Transcriber
            from f5_worker.speech.f5_model.candidates import BestOf
            from f5_worker.speech.f5_model.files import describe, find_files, package_folder
            from f5_worker.speech.f5_model.references import References
            from f5_worker.speech.f5_model.synthesizer import Synthesizer
            from f5_worker.speech.f5_model.upstream import import_upstream

            upstream = import_upstream()
        with stage("f5_files"):
            files = find_files(settings)
        try:
            with stage("f5_model"):
                synthesizer = Synthesizer(upstream, files, settings.f5_batch)
            with stage("f5_warm_up"):
                synthesizer.warm_up()
        except WorkerError as error:  # no memory, or weights that give no numbers
            raise CannotStart(
                f"nothing can be spoken with F5_CHECKPOINT and F5_VOCODER: {error.message}."
            ) from None
        with stage("whisper"):
            transcriber = Transcriber.load(settings)
        references = References(upstream, synthesizer.thread, synthesizer.dtype, transcriber)
        return cls(
            synthesizer,
            references=references,
            best_of=BestOf(synthesizer, settings.f5_attempts),
            transcriber=transcriber,
            default_voice=_example_voice(package_folder() / _EXAMPLE),
            languages=frozenset(language.strip() for language in settings.f5_languages.split(",")),
            facts=describe(files) | {"whisper": shown(settings.whisper_model)},
        )

    def speaks(self, language: str) -> bool:
        """Whether `F5_LANGUAGES` lists it; a model speaks what it was trained on."""
        return language in self._languages

    def budget(self, voice: Voice | None, options: SpeechOptions) -> Budget:
        """Upstream's budget: what the reference leaves of `MODEL_SECONDS`, at the reference's pace."""
        reference = self._references.get(voice or self.default_voice, options.target_rms)

        def cost(text: str) -> float:
            letters = len(text.encode()) + _DIGIT_COST * sum(character.isdigit() for character in text)
            return reference.seconds_per_byte * letters / options.speed

        return Budget(cost, MODEL_SECONDS - reference.seconds, MIN_SECONDS)

    def transcribe(self, voice: Voice) -> str:
        """What is said in the part of a voice's recording that this engine uses."""
        return self._references.transcript(voice)

    def speak(
        self,
        script: Script,
        voice: Voice | None,
        options: SpeechOptions,
        control: JobControl,
        verifier: Verifier | None = None,
    ) -> Speech:
        """Speak every chunk; raises `WorkerError` for a voice or a `fix_duration` that does not fit.

        Whisper, where it is loaded, checks better than `verifier`: it knows words.
        """
        from f5_worker.speech.f5_model.model_input import normalized_text
        from f5_worker.speech.f5_model.overlap_add import OverlapAdd

        reference = self._references.get(voice or self.default_voice, options.target_rms)
        texts = [normalized_text(chunk.text, chunk.language, options.normalize) for chunk in script.chunks]
        inputs = self._synthesizer.inputs(texts, reference, options)
        overlap_add = OverlapAdd(
            [self._synthesizer.samples(model_input, reference) for model_input in inputs],
            [chunk.pause for chunk in script.chunks],
            options.cross_fade_duration,
            script.lead_in,
        )
        troubles: list[str] = []
        verify = self._verify(verifier, options, script, control, troubles)
        checks: dict[int, Check] = {}
        with closing(self._best_of.candidates(inputs, reference, options, verify, control)) as candidates:
            for candidate in candidates:
                overlap_add.add(candidate.model_input.index, candidate.wave)
                if candidate.match is not None:
                    checks[candidate.model_input.index] = Check(candidate.attempts, candidate.match)
        placements = zip(script.chunks, overlap_add.placements, strict=True)
        return Speech(
            overlap_add.audio,
            tuple(Span(chunk, *placement.audible) for chunk, placement in placements),
            warnings=(*self._warnings(script, options, checks, troubles), *troubles),
            checks=tuple(checks[index] for index in sorted(checks)),
        )

    def _verify(
        self,
        verifier: Verifier | None,
        options: SpeechOptions,
        script: Script,
        control: JobControl,
        troubles: list[str],
    ) -> "Verify | None":
        """What compares each chunk with its text, where something can and the request allows it.

        Where it fails the chunk is kept unverified, and `troubles` says so once.
        """
        used = self._transcriber or verifier
        if used is None or options.verify is False:
            return None

        def match(audio: Audio, model_input: "ModelInput") -> float | None:
            limit = _VERIFYING + len(audio) / SAMPLE_RATE
            text, language = model_input.text, script.chunks[model_input.index].language
            try:
                return self._guard.run(lambda _: used.match_score(audio, text, language), control, limit)
            except Failed as reason:
                if not troubles:
                    troubles.append(f"not every chunk could be verified: {reason}")
                return None

        return match

    def _warnings(
        self, script: Script, options: SpeechOptions, checks: dict[int, Check], troubles: list[str]
    ) -> tuple[str, ...]:
        """What a caller should know; nothing about a chunk whose first attempt was kept."""
        from f5_worker.text.normalization.numerals import numerals

        warnings = []
        if options.verify and not checks and not troubles:
            warnings.append(
                "verify has no effect: neither Whisper nor an alignment model of the language is loaded"
            )
        if options.normalize == "on":
            warnings += [
                f"normalize has no effect: numbers are not spelt out in {language!r}"
                for language in script.languages
                if numerals(language) is None
            ]
        warnings += [
            f"chunk {index} was spoken {check.attempts} times; "
            f"the best attempt matches {check.match:.0%} of its text"
            for index, check in sorted(checks.items())
            if check.attempts > 1
        ]
        return tuple(warnings)

    def describe(self) -> dict[str, Any]:
        """Model names, versions, device and precision."""
        return self._facts | {
            "device": self._synthesizer.device.type,
            "precision": str(self._synthesizer.dtype).removeprefix("torch."),
            "batch": self._synthesizer.batch,
        }


def _check_packages() -> None:
    for package in ("torch", "f5_tts", "vocos"):
        if find_spec(package) is None:
            raise CannotStart(
                f"TTS_ENGINE is f5 and the package {package} is not installed; "
                "set WORKER_PROFILE=runtime, or TTS_ENGINE=espeak."
            )


def _example_voice(path: Path) -> Voice:
    """f5-tts's own English example."""
    info = soundfile.info(path)
    return Voice(
        name="default",
        path=path,
        ref_text=_EXAMPLE_TEXT,
        duration=info.frames / info.samplerate,
        sample_rate=info.samplerate,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        warnings=(),
    )

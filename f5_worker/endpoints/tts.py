"""`tts`: text ─▶ voice ─▶ script ─▶ speech ─▶ words ─▶ subtitles ─▶ storage ─▶ answer."""

import contextlib
import dataclasses
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from f5_worker.audio import SAMPLE_RATE
from f5_worker.endpoints.results import Results
from f5_worker.errors import Code, WorkerError
from f5_worker.job import Job
from f5_worker.schemas import TtsRequest
from f5_worker.services import Services
from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.silence import remove_silence
from f5_worker.stopwatch import Stopwatch
from f5_worker.text.chunks import Script, build_script
from f5_worker.text.language import LanguageRun, in_one_language, primary
from f5_worker.timing import Timing
from f5_worker.voices.library import Voice

log = logging.getLogger(__name__)


async def run(services: Services, job: Job, request: TtsRequest) -> dict[str, Any]:
    """Speak the request's text, time its words if asked to, and store what came out."""
    language = _given_language(services, request)
    stages = job.stages
    options = _options(request)
    with stages.measure("voice"):
        voice = await job.in_thread(_voice, services, request)
    with stages.measure("script"):
        runs = (
            in_one_language(language)
            if language
            else await job.in_thread(services.languages.runs, request.text)
        )
        budget = await job.in_thread(services.engine.budget, voice, options)
        script = await job.in_thread(build_script, request.text, runs, budget)
    async with _model(services, stages):
        with stages.measure("synthesis"):
            speech = await job.in_thread(
                services.engine.speak, script, voice, options, job.control, services.verifier
            )
            if request.remove_silence:
                speech = await job.in_thread(remove_silence, speech)
    with stages.measure("timing"):
        timing, trouble = await job.in_thread(_time, services, job, request, speech)
    results = Results(services, job, request)
    stored = await results.store(speech, timing, script.languages[0])
    warnings = [
        *_ignored(services, request),
        *(f"the reference audio: {warning}" for warning in (voice.warnings if voice else ())),
        *_unspoken(services, script),
        *speech.warnings,
        *trouble,
        *results.warnings,
    ]
    return {
        "job_id": job.id,
        "status": "completed",
        "text": request.text,
        "duration": round(speech.duration, 6),
        "sample_rate": SAMPLE_RATE,
        "seed": options.seed,
        "engine": services.engine.name,
        "voice": voice.name if voice else "default",
        **_language(script, runs),
        **stored,
        **({"checks": [dataclasses.asdict(check) for check in speech.checks]} if speech.checks else {}),
        **({"warnings": warnings} if warnings else {}),
        "metrics": {**stages.seconds(), **_billed(timing)},
    }


def _billed(timing: Timing | None) -> dict[str, float]:
    """What a paid aligner charges for, in seconds of audio."""
    return {"billed_audio": timing.billed_seconds} if timing and timing.billed_seconds else {}


@contextlib.asynccontextmanager
async def _model(services: Services, stages: Stopwatch) -> AsyncIterator[None]:
    """One job at a time speaks; `waiting` is how long the others kept it out."""
    with stages.measure("waiting"):
        await services.model_lock.acquire()
    try:
        yield
    finally:
        services.model_lock.release()


def _options(request: TtsRequest) -> SpeechOptions:
    drawn = secrets.randbelow(2**31) if request.seed is None else request.seed
    named = {field.name for field in dataclasses.fields(SpeechOptions)} - {"seed"}
    return SpeechOptions(seed=drawn, **request.model_dump(include=named))


def _given_language(services: Services, request: TtsRequest) -> str | None:
    """The language that the request names; None where it is to be found out."""
    if request.language.lower() == "auto":
        return None
    language = primary(request.language)
    if not services.engine.speaks(language):
        raise WorkerError(
            Code.INVALID_INPUT,
            f"language is {request.language!r}, which the {services.engine.name} engine does not speak; "
            "'auto' has it tried all the same",
        )
    return language


def _language(script: Script, runs: Sequence[LanguageRun]) -> dict[str, Any]:
    """The language that most of the text is in, how it was known, and all of them where there are several."""
    main, *others = script.languages
    source = next(run.source for run in runs if run.language == main)
    return {
        "language": main,
        "language_source": source,
        **({"languages": [main, *others]} if others else {}),
    }


def _unspoken(services: Services, script: Script) -> list[str]:
    """Languages that were found in the text although the engine does not speak them."""
    engine = services.engine
    return [
        f"some of the text seems to be in {language!r}, which the {engine.name} engine does not speak"
        for language in script.languages
        if not engine.speaks(language)
    ]


def _voice(services: Services, request: TtsRequest) -> Voice | None:
    """The voice that the request names, with its transcript; refused here if the engine cannot use it."""
    name = request.local_voice
    if name is not None and "://" in name:
        with services.voices.borrow(services.fetcher.fetch(name), request.ref_text) as borrowed:
            return services.voices.keep(_judged(services, borrowed))
    voice = services.engine.default_voice if name is None else services.voices.get(name)
    if voice is None:
        return None
    return _judged(services, dataclasses.replace(voice, ref_text=request.ref_text or voice.ref_text))


def _judged(services: Services, voice: Voice) -> Voice:
    """The voice with what the engine says that it says; what was heard is remembered."""
    transcript = services.engine.transcribe(voice)
    if not voice.ref_text and transcript:
        services.voices.set_ref_text(voice, transcript)
    return dataclasses.replace(voice, ref_text=transcript)


def _time(
    services: Services, job: Job, request: TtsRequest, speech: Speech
) -> tuple[Timing | None, tuple[str, ...]]:
    """Time the words if they were asked for; speech is never lost because they could not be timed."""
    if not request.return_word_timings:
        return None, ()
    try:
        timing = services.fallback_chain.time(speech, request.timing_method, job.control)
    except WorkerError as error:
        if error.code is Code.CANCELLED:
            raise
        return None, (f"the words have no times ({error})",)
    return timing, timing.warnings


def _ignored(services: Services, request: TtsRequest) -> list[str]:
    """Fields the caller set although this engine has no use for them."""
    unused = sorted(request.model_fields_set & services.engine.unused_options)
    return [f"{name} has no effect with the {services.engine.name} engine" for name in unused]

"""Check and retry: a chunk that skipped or repeated words is spoken again, and the best candidate kept."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from f5_worker.audio import Audio
from f5_worker.job import JobControl
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5_model.model_input import ModelInput
from f5_worker.speech.f5_model.reference import Reference
from f5_worker.speech.f5_model.synthesizer import Synthesizer

# The share of an input's text that is heard: 0 (nothing) to 1 (all, and nothing else), None if unknown.
Verify = Callable[[Audio, ModelInput], float | None]

GOOD_MATCH = 0.8  # a verifier mishears names, and a skipped or repeated word costs a short chunk 0.1 or more


@dataclass(frozen=True)
class Candidate:
    """One chunk as it is kept: spoken `attempts` times; `match` is None where nothing verified it."""

    model_input: ModelInput
    wave: Audio
    attempts: int
    match: float | None


class BestOf:
    """Has chunks spoken until they are good, at most `max_attempts` times."""

    def __init__(self, synthesizer: Synthesizer, max_attempts: int) -> None:
        self._synthesizer = synthesizer
        self._max_attempts = max_attempts

    def candidates(
        self,
        inputs: list[ModelInput],
        reference: Reference,
        options: SpeechOptions,
        verify: Verify | None,
        control: JobControl,
    ) -> Generator[Candidate, None, None]:
        """One candidate of every input, as each is ready; only those that were not good yet are held back.

        Without `verify` the first attempt is taken.
        """
        best: dict[int, Candidate] = {}
        attempts = [0] * len(inputs)
        waiting, done = inputs, 0
        for attempt in range(1, self._max_attempts + 1):
            spoken = self._synthesizer.waves(waiting, attempts, reference, options, control)
            with closing(spoken):
                for model_input, wave in spoken:
                    control.check()
                    match = verify(wave, model_input) if verify else None
                    candidate = Candidate(model_input, wave, attempt, match)
                    if (
                        attempt < self._max_attempts
                        and candidate.match is not None
                        and candidate.match < GOOD_MATCH
                    ):
                        best[model_input.index] = _better(best.get(model_input.index), candidate)
                        attempts[model_input.index] = attempt
                    else:
                        yield _better(best.pop(model_input.index, None), candidate)
                        done += 1
                        control.report("synthesis", done, len(inputs))
            waiting = [best[index].model_input for index in sorted(best)]


def _better(before: Candidate | None, candidate: Candidate) -> Candidate:
    """The better match, with the number of attempts it took to know; the first of equals."""
    if before is None or before.match is None or candidate.match is None or candidate.match > before.match:
        return candidate
    return Candidate(before.model_input, before.wave, candidate.attempts, before.match)

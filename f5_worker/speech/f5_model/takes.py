"""Check and retry: a chunk that skipped or repeated words is drawn again, and the best take is kept."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from f5_worker.audio import Audio
from f5_worker.job import JobControl
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5_model.passages import Passage
from f5_worker.speech.f5_model.reference import Reference
from f5_worker.speech.f5_model.synthesizer import Synthesizer

# The share of a text that is heard in audio: 0 (nothing) to 1 (all, and nothing else), None if unknown.
Listen = Callable[[Audio, str], float | None]

GOOD_SHARE = 0.8  # a listener mishears names, and a skipped or repeated word costs a short chunk 0.1 or more


@dataclass(frozen=True)
class Take:
    """One chunk as it is kept: `draws` is how often it was spoken; `heard` None where nobody listened."""

    passage: Passage
    wave: Audio
    draws: int
    heard: float | None


class Director:
    """Has chunks spoken until they are good, at most `most_draws` times."""

    def __init__(self, synthesizer: Synthesizer, most_draws: int) -> None:
        self._synthesizer = synthesizer
        self._most_draws = most_draws

    def takes(
        self,
        passages: list[Passage],
        reference: Reference,
        options: SpeechOptions,
        listen: Listen | None,
        control: JobControl,
    ) -> Generator[Take, None, None]:
        """One take of every passage, as each is ready; only those that were not good yet are held back.

        Without `listen` the first draw is taken.
        """
        best: dict[int, Take] = {}
        draws = [0] * len(passages)
        waiting, done = passages, 0
        for draw in range(1, self._most_draws + 1):
            spoken = self._synthesizer.waves(waiting, draws, reference, options, control)
            with closing(spoken):
                for passage, wave in spoken:
                    control.check()
                    take = Take(passage, wave, draw, listen(wave, passage.text) if listen else None)
                    if draw < self._most_draws and take.heard is not None and take.heard < GOOD_SHARE:
                        best[passage.index] = _better(best.get(passage.index), take)
                        draws[passage.index] = draw
                    else:
                        yield _better(best.pop(passage.index, None), take)
                        done += 1
                        control.report("synthesis", done, len(passages))
            waiting = [best[index].passage for index in sorted(best)]


def _better(before: Take | None, take: Take) -> Take:
    """The take of which more is heard, with the number of draws it took to know; the first of equals."""
    if before is None or before.heard is None or take.heard is None or take.heard > before.heard:
        return take
    return Take(before.passage, before.wave, take.draws, before.heard)

"""Voices for espeak-ng that nobody wrote: variants whose formants, pitch and timbre are drawn."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import espeakng_loader

VARIANT = "drawn"
_FORMANTS = range(9)


@contextmanager
def random_voices() -> Iterator[Callable[[random.Random], None]]:
    """A function that draws the variant `VARIANT` anew, which espeak-ng has inside the block."""
    with TemporaryDirectory() as temporary:
        # A copy: espeak-ng's process sees no file outside the folder of its data, where links would lead.
        shutil.copytree(espeakng_loader.get_data_path(), temporary, dirs_exist_ok=True)
        variants = Path(temporary, "voices", "!v")

        def draw_variant(draw: random.Random) -> None:
            (variants / VARIANT).write_text("\n".join(_settings(draw)) + "\n", "utf-8")

        with patch.object(espeakng_loader, "get_data_path", return_value=temporary):
            yield draw_variant


def _settings(draw: random.Random) -> Iterator[str]:
    """Lines of a variant's file (espeak-ng's docs/voices.md): mostly percent of the language's own values.

    Without `breath`, which espeak-ng makes anew in every process.
    """
    between = draw.uniform
    yield "language variant"
    yield f"name {VARIANT}"
    if draw.random() < 0.35:
        yield f"klatt {draw.randint(1, 5)}"
    lowest = between(70, 220)
    yield f"pitch {lowest:.0f} {lowest * between(1, 1.9):.0f}"
    yield f"flutter {max(0, draw.randint(-20, 20))}"
    yield f"roughness {max(0, draw.randint(-5, 5))}"
    if draw.random() < 0.3:
        yield f"voicing {between(50, 150):.0f}"
    if draw.random() < 0.4:
        yield f"consonants {between(55, 140):.0f} {between(55, 140):.0f}"
    if draw.random() < 0.2:
        yield f"echo {between(20, 130):.0f} {between(5, 50):.0f}"  # ms, percent
    if draw.random() < 0.6:
        bands = ((100, 700), (700, 1500), (1600, 3500))  # Hz
        yield "tone " + " ".join(f"{between(*band):.0f} {between(60, 255):.0f}" for band in bands)
    size = between(0.82, 1.18)  # of the head
    for formant in _FORMANTS:
        frequency, strength, width = size * between(86, 114), between(40, 140), between(60, 160)
        yield f"formant {formant} {frequency:.0f} {strength:.0f} {width:.0f}"
    if draw.random() < 0.3:
        stresses = [between(-25, 25) for _ in range(4)] + [0, 0, between(0, 40), between(20, 120)]
        yield "stressAdd " + " ".join(f"{stress:.0f}" for stress in stresses)

import random

import numpy as np
import pytest
import torch

from testing.corpus.espeak_corpus import utterances
from testing.corpus.random_voice import VARIANT, random_voices
from testing.corpus.spelling import letter_starts
from testing.corpus.tiny_aligner.muon import orthogonal
from testing.corpus.tiny_aligner.train import train


def test_training_it_again_gives_the_same_weights() -> None:
    one, two = (train(steps=2, sharpening_steps=1).state_dict() for _ in range(2))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("word", "sounds", "starts"),
    [
        ("knife", ["n", "'aI", "f"], (0, 0.5, 1, 2, 2.5)),
        ("box", ["b", "'0", "k", "s"], (0, 1, 2)),
        ("quick", ["k", "w", "'I", "k"], (0, 1, 2, 3, 3.5)),
        ("the", ["D", "@"], (0, 0.5, 1)),
    ],
)
def test_letters_begin_with_the_sounds_that_they_spell(word, sounds, starts):
    assert letter_starts(word, sounds, range(len(sounds) + 1)) == starts


def spoken_by_drawn_voice(seed):
    with random_voices() as draw_variant:
        draw_variant(random.Random(seed))  # noqa: S311 (reproducible, not secret)
        (utterance,) = utterances([["hello", "there"]], f"en-us+{VARIANT}", 160, pitch=1.0)
    return utterance.audio


def test_a_drawn_voice_repeats_and_another_one_is_another():
    one, again, other = map(spoken_by_drawn_voice, (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("shape", [(24, 60), (60, 24)])
def test_muons_updates_are_about_orthogonal(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    strengths = left.T @ orthogonal(matrix) @ right.T
    assert strengths.diagonal() == pytest.approx(1.0, abs=0.35)
    assert strengths - strengths.diagonal().diag() == pytest.approx(0.0, abs=1e-4)

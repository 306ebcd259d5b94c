import pytest
import torch

from tests.assets.spelling import letter_starts
from tests.assets.tiny_aligner.train import train


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

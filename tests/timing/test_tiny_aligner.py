import torch

from tests.assets.tiny_aligner.train import train


def test_training_it_again_gives_the_same_weights() -> None:
    one, two = (train(steps=2, sharpening_steps=1).state_dict() for _ in range(2))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)

"""Muon: momentum whose matrices are made orthogonal, so that every direction of a layer learns at once.

Keller Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024. torch has it from
2.9 on, in bfloat16, which most CPUs only emulate. Beside AdamW alone it saves half of the steps here.
"""

from collections.abc import Iterable

import torch

MOMENTUM = 0.95
ITERATIONS = 4  # of Newton and Schulz
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # the authors': steep at zero, singular values end near 1


class Muon(torch.optim.Optimizer):
    """For weights [out, in]; `lr` is about how much a step changes their singular values."""

    def __init__(self, weights: Iterable[torch.nn.Parameter], lr: float) -> None:
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """One step with Nesterov's momentum, from the gradients as they are."""
        del closure
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"].lerp_(weight.grad, 1 - MOMENTUM)
                update = orthogonal(weight.grad.lerp(momentum, MOMENTUM))
                rows, columns = weight.shape
                weight.add_(update, alpha=-group["lr"] * max(1.0, rows / columns) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """About the nearest orthogonal matrix: singular values become 0.7 to 1.2, their vectors stay."""
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T).T
    linear, cubic, quintic = COEFFICIENTS
    found = matrix / (matrix.norm() + 1e-7)
    for _ in range(ITERATIONS):
        square = found @ found.T
        found = linear * found + (cubic * square + quintic * square @ square) @ found
    return found

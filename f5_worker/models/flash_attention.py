"""flash-attn, which is optional and which nothing relies on: is it there, and does it work on this GPU?"""

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from network_venv.environment import Environment

_TOLERANCE = 1e-2  # between two orders of summing up products of half precision


@cache
def flash_attention() -> str:
    """One line for `health`; the first call runs the kernel once where there is a GPU."""
    if find_spec("flash_attn") is None:
        problem = Environment(Path(sys.prefix)).wheel_problem()
        return f"absent: {problem}" if problem else "absent"
    import torch

    if not torch.cuda.is_available():
        return "present, not verified: there is no GPU"
    try:
        error = _error_against_torch()
    except Exception as reason:  # noqa: BLE001 - a foreign extension may raise anything, and is only reported
        return f"present but failed: {type(reason).__name__}"
    return "present and verified" if error < _TOLERANCE else f"present but failed: it is off by {error:.2g}"


def _error_against_torch() -> float:
    """The largest difference to torch's own attention: 128 queries, 2 heads of 64 numbers, half precision."""
    import torch
    from flash_attn import flash_attn_func
    from torch.nn.functional import scaled_dot_product_attention

    generator = torch.Generator("cuda").manual_seed(0)
    shape = (1, 128, 2, 64)  # batch, sequence, heads, numbers a head
    query, key, value = (
        torch.randn(shape, generator=generator, device="cuda", dtype=torch.float16) for _ in range(3)
    )
    ours = flash_attn_func(query, key, value)
    heads_first = (tensor.transpose(1, 2) for tensor in (query, key, value))
    reference = scaled_dot_product_attention(*heads_first).transpose(1, 2)
    return float((ours - reference).abs().max())

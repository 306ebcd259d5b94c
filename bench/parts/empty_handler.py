"""A worker that does nothing: what RunPod's SDK costs by itself (used by overhead.py)."""

import os
from typing import Any

import runpod


async def _handle(_: dict[str, Any]) -> dict[str, Any]:
    return {"status": "completed"}


if __name__ == "__main__":
    concurrency = int(os.environ["JOB_CONCURRENCY"])
    runpod.serverless.start({"handler": _handle, "concurrency_modifier": lambda _: concurrency})

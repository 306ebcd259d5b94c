"""Entry point: settings, warm-up, fitness checks, then RunPod's loop; nothing else.

One handler takes every job: {"input": {"endpoint": "tts" | "download" | "upload" | "list_voices" |
"health", ...}}; API.md has the fields of each. It runs the same under RunPod's queue, under
`--rp_serve_api` and, without a platform, once on test_input.json or `--test_input '{...}'`.
"""

from network_venv.warm_start import import_from_bundle

import_from_bundle()  # the imports below are faster for it

# isort: split
import os
import sys

import runpod
from runpod.serverless.modules.rp_logger import RunPodLogger

from f5_worker.errors import CannotStart
from f5_worker.handler.heartbeat import show_heartbeat
from f5_worker.handler.worker import Worker
from f5_worker.log import configure_logging
from f5_worker.models.store import stay_offline
from f5_worker.services import warm_up
from f5_worker.settings import load_settings


def main() -> int:
    """Warm up and hand the worker to the SDK, which returns when it is told to stop."""
    if "RUNPOD_LOG_LEVEL" not in os.environ:
        RunPodLogger().set_level("WARN")  # its default, DEBUG, prints whole inputs and answers
    stay_offline()
    show_heartbeat()
    try:
        settings = load_settings()
        configure_logging(settings.log_level, for_people=settings.local)
        worker = Worker(warm_up(settings))
    except CannotStart as reason:
        sys.stderr.write(f"The worker cannot start: {str(reason).rstrip('.')}.\n")
        return 1
    runpod.serverless.register_fitness_check(worker.check_fitness)
    runpod.serverless.start({"handler": worker.handle, "concurrency_modifier": worker.concurrency})
    return 0


if __name__ == "__main__":  # the SDK's ping process imports this module again
    sys.exit(main())

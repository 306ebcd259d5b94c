#!/bin/sh
# Starts the worker: finds a Python, has its environment on the volume made or reused, and becomes the worker.
# ./start.sh           in production: the volume must be there (RUNPOD_VOLUME, default /runpod-volume)
# ./start.sh --local   on a laptop: volume in ./runpod-volume, embedded voice, no GPU
# Other arguments go to runpod_handler.py, such as --test_input '{"input": {...}}' or --rp_serve_api.
set -eu
cd "$(dirname "$0")"
. network_venv/find_python.sh

if [ "${1:-}" = "--local" ]; then
    shift
    export RUNPOD_VOLUME="${RUNPOD_VOLUME:-$PWD/runpod-volume}"
    export WORKER_PROFILE="${WORKER_PROFILE:-base}"
    export TTS_ENGINE="${TTS_ENGINE:-espeak}"
    export WORKER_LOCAL="${WORKER_LOCAL:-1}"
    mkdir -p "$RUNPOD_VOLUME" || exit 1
fi

find_python "${WORKER_PROFILE:-runtime}"
exec "$python" setup_network_venv.py -u runpod_handler.py "$@"

#!/bin/sh
# Starts the worker: finds a Python, has its environment on the volume made or reused, and becomes the worker.
# ./start.sh           in production: the volume must be there (RUNPOD_VOLUME, default /runpod-volume)
# ./start.sh --local   on a laptop: volume in ./runpod-volume, embedded voice, no GPU
# Other arguments go to runpod_handler.py, such as --test_input '{"input": {...}}' or --rp_serve_api.
set -eu
cd "$(dirname "$0")"

if [ "${1:-}" = "--local" ]; then
    shift
    export RUNPOD_VOLUME="${RUNPOD_VOLUME:-$PWD/runpod-volume}"
    export WORKER_PROFILE="${WORKER_PROFILE:-base}"
    export TTS_ENGINE="${TTS_ENGINE:-espeak}"
    export WORKER_LOCAL="${WORKER_LOCAL:-1}"
    mkdir -p "$RUNPOD_VOLUME" || exit 1
fi

# Without bytecode every start would compile every module again.
unset PYTHONDONTWRITEBYTECODE

# Run each candidate: a command may be there and still be a shim without a Python, or lack modules.
probe='
import sys
version = "%d.%d" % sys.version_info[:2]
if version not in ("3.11", "3.12"):
    sys.exit("it is Python " + version)
try:
    import ensurepip, venv
except ImportError:
    sys.exit("it has no venv or ensurepip, which Debian and Ubuntu keep in the python3-venv package")
'
python=""
found=""
for candidate in python3.12 python3.11 python3 python; do
    command -v "$candidate" >/dev/null || continue
    if answer=$("$candidate" -c "$probe" 2>&1); then
        python=$candidate
        break
    fi
    found="$found; $candidate: ${answer%%
*}"
done
if [ -z "$python" ]; then
    found=${found:-; no Python on the PATH}
    echo "start: Python 3.11 or 3.12 with its venv module is needed, but this is what was found:" \
        "${found#; }. Install one; on Debian and Ubuntu, python3 and python3-venv." >&2
    exit 1
fi

exec "$python" setup_network_venv.py -u runpod_handler.py "$@"

#!/bin/sh
# Builds the image and runs it: tests/container/run.sh.
# Uses a Docker engine where there is one, else, as root, buildah and podman, which it installs on Debian
# if need be. Where there is neither it says so and ends with 3.
set -eu
cd "$(dirname "$0")/../.."
. network_venv/find_python.sh
find_python test
mkdir -p .environments
python=$(RUNPOD_VOLUME="$PWD/.environments" WORKER_PROFILE=test "$python" setup_network_venv.py)
"$python" -m tests.container.available
exec "$python" -m pytest tests/container/smoke.py "$@"

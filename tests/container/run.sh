#!/bin/sh
# Builds the image and runs it, in the tests' environment: ./run_tests.sh container. Uses a Docker engine
# where there is one, else, as root, buildah and podman, which it installs on Debian if need be. Where there
# is neither it says so and ends with 3.
set -eu
cd "$(dirname "$0")/../.."
python -m tests.container.available
exec python -m pytest tests/container/smoke.py "$@"

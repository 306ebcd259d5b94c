#!/bin/sh
# Builds the image and runs it: tests/container/run.sh, after ./run_tests.sh has made .venv-test.
# Uses a Docker engine where there is one, else, as root, buildah and podman, which it installs on Debian
# if need be. Where there is neither it says so and ends with 3.
set -eu
cd "$(dirname "$0")/../.."
.venv-test/bin/python -m tests.container.available
exec .venv-test/bin/python -m pytest tests/container/smoke.py "$@"

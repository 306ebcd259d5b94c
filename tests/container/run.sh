#!/bin/sh
# Builds the image and runs it: tests/container/run.sh, after ./run_tests.sh has made .venv-test.
# Uses a Docker engine where there is one, else, as root, buildah and podman from Debian.
set -eu
cd "$(dirname "$0")/../.."
exec .venv-test/bin/python -m pytest tests/container/smoke.py "$@"

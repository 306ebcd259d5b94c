#!/bin/sh
# Has the tests' environment made or reused in .environments, then ruff, mypy and pytest; arguments go to pytest.
set -eu
cd "$(dirname "$0")"
. network_venv/find_python.sh

find_python test
mkdir -p .environments
python=$(RUNPOD_VOLUME="$PWD/.environments" WORKER_PROFILE=test "$python" setup_network_venv.py)
PATH="$(dirname "$python"):$PATH"
export PATH
python -m ruff check .
python -m ruff format --check .
python -m mypy
shellcheck start.sh run_tests.sh lock.sh .ci/run tests/container/run.sh network_venv/find_python.sh
hadolint Dockerfile.runpod
exec python -m pytest "$@"

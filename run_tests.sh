#!/bin/sh
# ./run_tests.sh [KIND [ARGUMENT FOR PYTEST...]]
#   (none)                              lint, types and every test but those of the image
#   fast                                lint, types, and every test that needs no other environment
#   setup, runtime, upstream            the rest of the tests (tests/run.py)
#   container                           the image, built and run (tests/container/run.sh)
# The environments are made or reused in .environments.
set -eu
cd "$(dirname "$0")"
. network_venv/find_python.sh

find_python test
mkdir -p .environments
python=$(RUNPOD_VOLUME="$PWD/.environments" WORKER_PROFILE=test "$python" setup_network_venv.py)
PATH="$(dirname "$python"):$PATH"
export PATH

lint() {
    python -m ruff check .
    python -m ruff format --check .
    python -m mypy
    hadolint Dockerfile.runpod
    command -v shellcheck >/dev/null || { # there is no wheel for Linux on aarch64
        echo "The shell scripts are not checked: shellcheck is not installed on this machine." >&2
        return
    }
    shellcheck start.sh run_tests.sh lock.sh .ci/run tests/container/run.sh network_venv/find_python.sh
}

case "${1:-all}" in
all | fast) lint ;;
container)
    shift
    exec tests/container/run.sh "$@"
    ;;
esac
exec python -m tests.run "$@"

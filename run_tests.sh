#!/bin/sh
# Everything the tests need into .venv-test, then ruff, mypy and pytest; arguments go to pytest.
set -eu
cd "$(dirname "$0")"
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in python3.12 python3.11 python3 python; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
            2>/dev/null; then
            echo "$name"
            return
        fi
    done
    say "run_tests.sh needs Python 3.11 or 3.12 with venv; none was found on the PATH."
    exit 1
}

# The lock file is the last thing copied in: a half-installed environment is installed again.
install() {
    if cmp -s requirements-test.txt .venv-test/installed.txt; then
        return
    fi
    python=$(find_python)
    say "Installing the test environment into .venv-test"
    rm -rf .venv-test
    "$python" -m venv .venv-test
    .venv-test/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements-test.txt
    cp requirements-test.txt .venv-test/installed.txt
}

install
PATH="$PWD/.venv-test/bin:$PATH"
export PATH
ruff check .
ruff format --check .
mypy
shellcheck start.sh run_tests.sh lock.sh .ci/run tests/container/run.sh
hadolint Dockerfile.runpod
exec python -m pytest "$@"

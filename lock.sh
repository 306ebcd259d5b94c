#!/bin/sh
# Refreshes the lock files from their .in files: ./lock.sh (needs uv on the PATH).
set -eu
cd "$(dirname "$0")"

lock() { # NAME [OPTION...]
    name=$1
    shift
    uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-emit-options --no-header \
        --constraint requirements-base.in "$@" \
        "requirements-$name.in" --output-file "requirements-$name.txt"
}

lock base
lock test
lock runtime --fork-strategy fewest --constraint requirements-base.txt --excludes requirements-excludes.txt
# Without gradio, or there is no solution (requirements-excludes.txt); in an environment of its own, so with
# versions of its own: cached-path wants an older rich than the base profile has.
echo gradio | lock upstream --fork-strategy fewest --excludes -

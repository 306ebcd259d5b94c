#!/bin/sh
# Refreshes the lock files from their .in files: ./lock.sh (needs uv on the PATH).
set -eu
cd "$(dirname "$0")"
for name in base test; do
    uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-emit-options --no-header \
        --constraint requirements-base.in \
        "requirements-$name.in" --output-file "requirements-$name.txt"
done

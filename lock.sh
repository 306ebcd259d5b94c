#!/bin/sh
# Refreshes the lock files from requirements/*.in: ./lock.sh (needs uv on the PATH), then sees that each has
# wheels for every Python and platform that it is for.
set -eu
cd "$(dirname "$0")/requirements"
checked=$(mktemp)
trap 'rm -f "$checked"' EXIT

lock() { # INPUT OUTPUT [OPTION...]
    input=$1
    output=$2
    shift 2
    uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-emit-options --no-header \
        --constraint base.in "$@" "$input" --output-file "$output"
}

wheels() { # LOCK PLATFORM VERSION...
    lock=$1
    platform=$2
    shift 2
    for version in "$@"; do
        MACOSX_DEPLOYMENT_TARGET=14.0 uv pip compile --quiet --system-certs --no-deps --only-binary :all: \
            --python-platform "$platform" --python-version "$version" "$lock" --output-file "$checked"
    done
}

lock uv.in uv.txt
lock base.in ../requirements-base.txt --excludes excludes.txt
lock test.in test.txt --constraint ../requirements-base.txt --excludes excludes.txt
lock runtime.in ../requirements-runtime.txt --fork-strategy fewest --constraint ../requirements-base.txt \
    --excludes excludes.txt
# Without gradio, or there is no solution (excludes.txt), and without what upstream-sources.in holds; in an
# environment of its own, so with versions of its own: cached-path wants an older rich than the base profile.
printf '%s\n' gradio docopt antlr4-python3-runtime encodec transformers-stream-generator |
    lock upstream.in upstream.txt --fork-strategy fewest --excludes -
for name in test upstream; do
    lock $name-sources.in $name-sources.txt --no-deps
done

for platform in x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin; do
    for name in uv.txt ../requirements-base.txt test.txt; do
        wheels "$name" "$platform" 3.11 3.12 3.13 3.14
    done
    wheels ../requirements-runtime.txt "$platform" 3.11 3.12 3.13
done
for platform in x86_64-manylinux_2_28 aarch64-apple-darwin; do # torchcodec has no wheel for the third
    wheels upstream.txt "$platform" 3.11 3.12 3.13
done

# shellcheck shell=sh
# Read in by start.sh and run_tests.sh: find_python PROFILE sets `python` to the first Python on the PATH that
# can make the profile's environment, or says in one sentence what there is instead and how to get one.

find_python() {
    # Without bytecode every start would compile every module again; the others are for another Python.
    unset PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME
    found=""
    # The image's own first. Each is run: a name on the PATH may be a shim without a Python behind it.
    for python in python3.11 python3.13 python3.12 python3.14 python3; do
        command -v "$python" >/dev/null || continue
        if answer=$("$python" network_venv/pythons.py "$1" 2>&1); then
            return
        fi
        found="$found; $python: ${answer%%
*}"
    done
    found=${found:-; no Python on the PATH}
    echo "A Python from 3.11 to 3.14 (the runtime profile: to 3.13) with its venv module is needed, and this is" \
        "what was found: ${found#; }. Get one from the system (Debian, Ubuntu: python3 and python3-venv; macOS:" \
        "brew install python@3.13) or from uv: uv python install 3.13." >&2
    exit 1
}

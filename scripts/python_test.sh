#!/usr/bin/env bash
# Builds the Python package's wheel, installs it into a fresh environment, and runs its tests there: `just python-test`.
# Arguments go to pytest. `PYTHON` names the interpreter. Exit code 77: there is no Python for it, or no packages are to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
skip() {
    echo "THE PYTHON PACKAGE IS NOT TESTED: $1" >&2
    exit 77
}

"$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null ||
    skip "$python is no Python of 3.11 or later with venv"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.9,<2' || skip "maturin is not to be had"
# With the lock file as it is, and into the folder that cargo builds in anyway.
PATH="$folder/build/bin:$PATH" maturin build --locked --quiet --compression-level 9 --out "$folder/wheels"
du -h "$folder"/wheels/*.whl | sed "s|$folder/wheels/||"
limit=$((40 * 1000 * 1000))
if [ "$(cat "$folder"/wheels/*.whl | wc -c)" -gt $limit ]; then
    echo "the wheel is larger than $limit bytes" >&2
    exit 1
fi

"$python" -m venv "$folder/fresh"
wheel=$(echo "$folder"/wheels/*.whl)
"$folder/fresh/bin/pip" install --quiet --disable-pip-version-check "$wheel[test]" || skip "its tests' packages are not to be had"
"$folder/fresh/bin/python" -m pytest -q -p no:cacheprovider "$@"

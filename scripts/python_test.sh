#!/usr/bin/env bash
# Builds the Python package's wheel, installs it into a fresh environment, and runs its tests there: `just python-test`.
# Arguments go to pytest. `PYTHON` names the interpreter. Exit code 77: there is no Python for it, or no packages are to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
not_tested="THE PYTHON PACKAGE IS NOT TESTED"
# shellcheck source=scripts/python_wheel.sh
. scripts/python_wheel.sh
"$python" -m venv "$folder/build"
build_wheel "$folder/build"
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

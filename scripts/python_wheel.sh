# Read by the scripts that test the Python package, after they have said in `not_tested` what is left out where that cannot
# be: gives `python`, `skip`, `folder`, which goes at the end, and `build_wheel`.
# shellcheck shell=bash
python=${PYTHON:-python3}
skip() {
    echo "$not_tested: $1" >&2
    exit 77
}

"$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null ||
    skip "$python is no Python of 3.11 or later with venv"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Builds the wheel into $folder/wheels, with maturin from this environment.
build_wheel() {
    "$1/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.9,<2' || skip "maturin is not to be had"
    # With the lock file as it is, and into the folder that cargo builds in anyway.
    PATH="$1/bin:$PATH" maturin build --locked --quiet --compression-level 9 --out "$folder/wheels"
}

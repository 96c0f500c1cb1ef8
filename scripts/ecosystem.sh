#!/usr/bin/env bash
# Tests the Python package on the engines of others, each on this machine alone: Ray, Spark (which needs Java), Dask,
# DataFusion, Optuna, Ray Tune and a server of MLflow. `just ecosystem`.
# Arguments go to pytest. `PYTHON` names the interpreter, `ECOSYSTEM` a folder to keep the environment in (2 GB), and
# `DIGITS_ECOSYSTEM_PICTURES` how many pictures the engines read. What is not to be had is skipped, and named at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
not_tested="NOTHING IS TESTED"
# shellcheck source=scripts/python_wheel.sh
. scripts/python_wheel.sh
place=${ECOSYSTEM:-$folder/place}
[ -x "$place/bin/python" ] || "$python" -m venv "$place"
install() { "$place/bin/pip" install --quiet --disable-pip-version-check "$@"; }
install 'pytest>=8' 'pillow>=10' || skip "pytest and Pillow are not to be had"
# One by one: where one is not to be had, the others are tested.
for packages in 'pyarrow pandas' 'ray[data,tune]' 'pyspark' 'dask[dataframe] distributed' 'datafusion' 'optuna' 'mlflow'; do
    # shellcheck disable=SC2086
    install $packages || echo "NOT TO BE HAD: $packages" >&2
done
build_wheel "$place"
install --force-reinstall --no-deps "$folder"/wheels/*.whl
# They say at every start what they would like to be told, and to whom.
export RAY_USAGE_STATS_ENABLED=0 MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true GIT_PYTHON_REFRESH=quiet
said=$folder/said
"$place/bin/python" -m pytest -q -p no:cacheprovider crates/python/ecosystem "$@" | tee "$said"
if grep -q 'NOT TESTED' "$said"; then
    echo "NOT ALL WAS TESTED:" >&2
    grep -o 'NOT TESTED: .*' "$said" | sort -u >&2
fi

#!/usr/bin/env bash
# Runs fuzz targets (fuzz/) for so many seconds each: `scripts/fuzz.sh 60 csv tar`; without names, all of fuzz/Cargo.toml. What a
# target finds lies in fuzz/artifacts, the inputs that led somewhere new in fuzz/corpus; both are of this machine alone.
# Without sanitizers: `unsafe` is in no reader here; overflows and failed assertions count.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n '/^\[\[bin\]\]/{n;s/name = "\(.*\)"/\1/p}' fuzz/Cargo.toml)
options=(--fuzz-dir fuzz --sanitizer none -O --debug-assertions)
# Saved models and checkpoints are flushed to disk when they are written: in memory, that takes no time.
[ -d /dev/shm ] && export TMPDIR=/dev/shm
cargo +nightly fuzz build "${options[@]}"
failed=()
for target in "${targets[@]}"; do
    printf '\n== %s\n' "$target"
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "${options[@]}" "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1500 -malloc_limit_mb=1000 -print_final_stats=1 -verbosity=0 ||
        failed+=("$target")
done
[ ${#failed[@]} -eq 0 ] || { printf '\nfailed: %s\n' "${failed[*]}"; exit 1; }

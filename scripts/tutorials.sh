#!/usr/bin/env bash
# Trains every recipe of configs/tutorials once and prints its test accuracy beside its tutorial's
# (configs/tutorials/figures.csv). Arguments go to `train`:
#
#   scripts/tutorials.sh --seed 1 --device cpu
#   scripts/tutorials.sh --set training.steps=20       # only to see that all of it works
#
# The recipes on a CSV file get one made of MNIST's training images; where these are not on this
# machine, they are skipped. Needs cargo and what every system has: bash, GNU's coreutils, gzip, sed, awk.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# MNIST's training images as a CSV file: label and pixels, a line an image.
make_csv() {
    local dir file
    dir=${MNIST_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/digits/mnist}
    for file in images-idx3 labels-idx1; do
        if [ -f "$dir/train-$file-ubyte" ]; then
            cat "$dir/train-$file-ubyte"
        elif [ -f "$dir/train-$file-ubyte.gz" ]; then
            gzip -dc "$dir/train-$file-ubyte.gz"
        else
            echo "no train-$file-ubyte in $dir; set MNIST_DIR" >&2
            false
        fi >"$work/$file" || return 1
    done
    # Numbers in columns, padded with spaces, behind headers of 16 and of 8 bytes.
    tail -c +17 "$work/images-idx3" | od -An -v -t u1 -w784 | sed 's/^ *//' | tr -s ' ' ',' >"$work/pixels" || return 1
    tail -c +9 "$work/labels-idx1" | od -An -v -t u1 -w1 | tr -d ' ' | paste -d, - "$work/pixels" >"$work/rows" || return 1
    rm "$work/pixels"
    mv "$work/rows" "$work/train.csv"
}

# Four columns, padded by characters, not by bytes.
row() {
    printf '%s%*s%s%*s%s%*s%s\n' "$1" $((22 - ${#1})) '' "$2" $((20 - ${#2})) '' "$3" $((10 - ${#3})) '' "$4"
}

cargo build --quiet --package train
row tutorial "tutorial's figure" ours difference
failed=0
while IFS=, read -r recipe percent figure; do
    more=()
    if grep -q '^dataset = "train.csv"' "configs/tutorials/$recipe.toml"; then
        if [ ! -f "$work/train.csv" ] && ! make_csv; then
            row "$recipe" "$figure" skipped "no MNIST to make a CSV file of"
            continue
        fi
        more=(--set "data.dataset=$work/train.csv")
    fi
    echo "… $recipe" >&2
    if ! cargo run --quiet --package train -- --config "configs/tutorials/$recipe.toml" \
        --format json --quiet "${more[@]}" "$@" </dev/null >"$work/summary.json"; then
        row "$recipe" "$figure" failed -
        failed=1
        continue
    fi
    # The accuracy of the object `test`, a share of 1.
    accuracy=$(sed -n '/^  "test": {/,/^  }/s/^    "accuracy": \([^,]*\).*/\1/p' "$work/summary.json")
    ours=$(awk -v a="$accuracy" 'BEGIN { printf "%.2f %%", 100 * a }')
    difference=$(awk -v a="$accuracy" -v t="$percent" 'BEGIN { printf "%+.2f points", 100 * a - t }')
    row "$recipe" "$figure" "$ours" "$difference"
done < <(tail -n +2 configs/tutorials/figures.csv)
exit "$failed"

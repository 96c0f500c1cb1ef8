# `just` lists what there is; every recipe is an ordinary cargo command.

# List the recipes.
default:
    @just --list

# Train: `just train`, `just train dense`, `just train cnn --device gpu`.
train recipe="cnn" *arguments="":
    cargo run -p train -- --config configs/{{recipe}}.toml {{arguments}}

# Classify pictures with a run: `just predict artifacts/cnn-001 picture.png`.
predict run +pictures:
    cargo run -p infer -- predict --model {{run}} {{pictures}}

# List the devices and check each against the CPU.
devices:
    cargo run -p train -- devices

# The tests, as CI runs them.
test:
    cargo test --workspace

# The Python package: its wheel built, installed into a fresh environment, and tested there.
python-test *arguments="":
    scripts/python_test.sh {{arguments}}

# The Python package on Ray, Spark, Dask, DataFusion, Optuna and MLflow, on this machine: `just ecosystem -k spark`; 2 GB of packages.
ecosystem *arguments="":
    scripts/ecosystem.sh {{arguments}}

# Format, lint, document, test.
ci:
    .ci/run

# Every tutorial's recipe, once, with its tutorial's figure: `just tutorials --seed 1`; about an hour.
tutorials *arguments="":
    scripts/tutorials.sh {{arguments}}

# A million pictures in eight shards over moto's S3 on this machine, two of them killed: `just check-clouds cnn-001 PYTHON --mnist FOLDER`; `python` needs moto[server].
check-clouds run python="python3" *arguments="":
    cargo build -p infer
    {{python}} scripts/check_clouds.py {{run}} {{arguments}}

# Speed beside PyTorch's, in one run: `just bench-peers FOLDER-OF-MNIST peers/bin/python --log`; `python` needs torch and numpy.
bench-peers data python="python3" *arguments="":
    cargo build --workspace
    {{python}} benches/peers.py --data {{data}} {{arguments}}

# Every recipe's images/s, beside PyTorch's where `python` has torch, and what a step is spent on: `just bench-recipes peers/bin/python --data FOLDER-OF-MNIST`.
bench-recipes python="python3" *arguments="":
    {{python}} benches/recipes.py {{arguments}}

# Ten seeds of configs/fast.toml: seconds of training, and whether they reach 99 % of MNIST's test images.
time-to-99 *arguments="":
    cargo build -p train
    python3 scripts/time_to_99.py {{arguments}}

# The README's table of results, measured anew over five seeds a recipe: `MNIST_DIR=FOLDER just records fast linear`; an hour for all.
records *arguments="":
    cargo build --workspace
    python3 scripts/records.py {{arguments}}

# A GPU beside PyTorch's CUDA on the same card: `just bench-gpu FOLDER-OF-MNIST PYTHON-WITH-TORCH`; under four minutes, no cargo while it runs.
bench-gpu data python *arguments="":
    python3 benches/gpu.py --data {{data}} --python {{python}} {{arguments}}

# The kernels beside Burn's own operations, in GFLOP/s and shares of this machine's peak.
bench-kernels *arguments="":
    cargo bench --workspace --profile dev --bench kernels -- {{arguments}}

# Kill training 400 times, at random moments and at every call of a save, and compare what comes of it; ten minutes.
torture-kill *arguments="":
    cargo build -p train
    python3 scripts/torture_kill.py {{arguments}}

# Fill a small disk at every write of a save; six minutes, and root, to mount one.
torture-disk:
    cargo build -p train
    python3 scripts/torture_disk.py

# 300 epochs and two million images: whether memory stays flat. `just soak FOLDER-OF-MNIST`.
soak data:
    cargo build --workspace
    MNIST_DIR={{data}} python3 scripts/soak.py

# Fifty thousand files that are nearly what they should be, over all readers; about ten minutes.
torture-files:
    TORTURE_FILES=3000 cargo test --workspace --test torture -- --nocapture
    TORTURE_FILES=3000 cargo test --workspace --test cli serve::mutated

# One fuzz target for so many seconds, from its seeds: `just fuzz csv 60`; without a name, each. Needs `cargo install cargo-fuzz` and nightly.
fuzz target="" seconds="60":
    scripts/fuzz.sh {{seconds}} {{target}}

# Licences, origins and known faults of all packages.
deny:
    .ci/dependencies

# `infer serve` and its page beside the clients of others: `just check-serve cnn-001 peers/bin/python --mnist FOLDER --pictures seen`.
check-serve run python="python3" *arguments="":
    cargo build --workspace
    {{python}} scripts/check_serve.py {{run}} {{arguments}}

# Exported networks beside onnxruntime, tract and PyTorch over MNIST's test images: `just check-export PYTHON --mnist FOLDER --runs cnn-001 --kinds`.
check-export python="python3" *arguments="":
    cargo build --workspace
    {{python}} scripts/check_export.py {{arguments}}

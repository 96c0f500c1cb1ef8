"""Seconds to 99 %: trains configs/fast.toml with ten seeds and tells, of each, the seconds and the accuracy on
MNIST's test images, which choose nothing.

    cargo build -p train
    MNIST_DIR=FOLDER-OF-MNIST python3 scripts/time_to_99.py

Seconds of training are those of its steps. The wall's are of one run of seed 1 alone, from the program's start
to its end, with reading the data, the validation after every epoch, the test images and saving. Exit code 1
where the mean accuracy is below 99 %.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAIN = ROOT / "target" / "debug" / "train"
GOAL = 99.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 1 on")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def train(seeds, threads, folder):
    """Seconds of the wall, and what the program tells in JSON."""
    command = [TRAIN, "--config", ROOT / "configs" / "fast.toml", "--device", "cpu", "-q"]
    command += [*seeds, "--out", folder, "--format", "json"]
    command += ["--set", "report.page=false", "--set", "report.pictures=false"]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    found = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if found.returncode != 0:
        sys.exit(found.stderr)
    return seconds, json.loads(found.stdout)


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        wall, alone = train(["--seed", 1], options.threads, place / "alone")
        if alone["dataset"]["name"] != "mnist":
            sys.exit("this is not MNIST; set MNIST_DIR to a folder that has it")
        _, found = train(["--seeds", f"1..{options.seeds}"], options.threads, place / "all")
    print("seed  training, s  validation, %  test, %")
    for run in found["runs"]:
        validation, test = (100 * run[f"{part}_accuracy"] for part in ("validation", "test"))
        print(f"{run['seed']:4}  {run['train_seconds']:11.2f}  {validation:13.2f}  {test:7.2f}")
    mean = 100 * found["test_accuracy"]["mean"]
    deviation = 100 * (found["test_accuracy"]["standard_deviation"] or 0)
    print(f"mean test accuracy {mean:.3f} %, standard deviation of the sample {deviation:.3f}")
    seconds = [run["train_seconds"] for run in found["runs"]]
    print(f"training: median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")
    print(f"seed 1 alone, start to end: {wall:.2f} s")
    return int(mean < GOAL)


if __name__ == "__main__":
    sys.exit(main())

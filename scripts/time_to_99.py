"""Seconds to 99 %: trains configs/fast.toml with ten seeds and tells, of each, the seconds and the accuracy on
MNIST's test images, which choose nothing.

    cargo build -p train
    MNIST_DIR=FOLDER-OF-MNIST python3 scripts/time_to_99.py

Seconds of training are those of its steps; the wall's are from the program's start to its end, with reading
the data, the validation after every epoch, the test images and saving. Exit code 1 where the mean accuracy
is below 99 %.
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


def train(seed, threads, folder):
    """Seconds of the wall, and the run's summary."""
    command = [TRAIN, "--config", ROOT / "configs" / "fast.toml", "--device", "cpu", "--seed", seed, "-q"]
    command += ["--out", folder, "--force", "--format", "json"]
    command += ["--set", "report.page=false", "--set", "report.pictures=false"]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    found = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if found.returncode != 0:
        sys.exit(found.stderr)
    summary = json.loads(found.stdout)
    if summary["dataset"]["name"] != "mnist":
        sys.exit("this is not MNIST; set MNIST_DIR to a folder that has it")
    return seconds, summary


def main():
    options = arguments()
    training, wall, accuracies = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        print("seed  training, s  wall, s  validation, %  test, %")
        for seed in range(1, options.seeds + 1):
            seconds, summary = train(seed, options.threads, folder)
            training.append(summary["train"]["seconds"])
            wall.append(seconds)
            validation, test = (100 * summary[part]["accuracy"] for part in ("validation", "test"))
            accuracies.append(test)
            print(f"{seed:4}  {training[-1]:11.2f}  {seconds:7.2f}  {validation:13.2f}  {test:7.2f}", flush=True)
    mean = statistics.mean(accuracies)
    print(f"mean test accuracy {mean:.3f} %, standard deviation {statistics.pstdev(accuracies):.3f}")
    for name, seconds in (("training", training), ("wall", wall)):
        print(f"{name}: median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")
    return int(mean < GOAL)


if __name__ == "__main__":
    sys.exit(main())

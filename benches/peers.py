"""This project's programs against PyTorch, in turn, in one run: a Markdown table of images a second.

    cargo build --workspace
    python3 -m venv peers && peers/bin/pip install torch numpy
    peers/bin/python benches/peers.py --data FOLDER-OF-MNIST

Every round trains each network at each batch size with `train`, reads the test images with `infer
evaluate`, then does the same in PyTorch: for LeNet in both of its layouts, of which the quicker one counts,
in training and in inference each. Both have the same processors, number of threads, batch size and data,
and plain Adam. Told are medians over the rounds with their range, and the same of the ratio within a round.
Bytes become floats within this project's inference; PyTorch has them as floats before. Needs Linux, and a
machine that has nothing else to do.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = ROOT / "benches" / "pytorch_peer.py"
PROGRAMS = ROOT / "target" / "debug"
LOG = ROOT / "docs" / "LOG.md"
RECIPES = {"lenet": "configs/fast.toml", "dense": "configs/dense.toml"}
LAYOUTS = {"lenet": ["contiguous", "channels_last"], "dense": ["contiguous"]}
SETTINGS = [
    "training.optimizer.kind=adam",
    "training.optimizer.learning_rate=0.001",
    "training.optimizer.weight_decay=0.0",
    "training.schedule.kind=constant",
    "augmentation={}",
    "report.page=false",
    "report.pictures=false",
]
# One pass over the test images takes a few hundredths of a second.
RUNS_OF_INFERENCE = 5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="of each run; the first is not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--networks", nargs="+", choices=sorted(RECIPES), default=["lenet", "dense"])
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=[16, 128, 512])
    parser.add_argument("--log", action="store_true", help="append the table to docs/LOG.md")
    return parser.parse_args()


def run(command, environment):
    """Standard output of a command, and the most memory that it had, in MB."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{command[0]} failed:\n{errors.read()}")
    return output, usage.ru_maxrss / 1024


def measure_ours(options, network, batch_size, folder):
    environment = {"RAYON_NUM_THREADS": str(options.threads), "MNIST_DIR": str(options.data.resolve())}
    settings = [*SETTINGS, f"training.batch_size={batch_size}", f"training.epochs={options.epochs}"]
    train = [PROGRAMS / "train", "--config", RECIPES[network], "--device", "cpu", "-q"]
    train += ["--out", folder, "--force", "--format", "json"]
    train += [part for setting in settings for part in ("--set", setting)]
    output, memory = run(train, environment)
    infer = [PROGRAMS / "infer", "evaluate", "--model", folder, "--device", "cpu"]
    infer += ["--batch-size", batch_size, "--format", "json"]
    speeds = [json.loads(run(infer, environment)[0])["images_per_second"] for _ in range(RUNS_OF_INFERENCE)]
    return {
        "training": json.loads(output)["train"]["images_per_second"],
        "inference": statistics.median(speeds),
        "memory": memory,
    }


def measure_pytorch(options, network, batch_size):
    found = []
    for layout in LAYOUTS[network]:
        command = [sys.executable, PEER, "--data", options.data.resolve(), "--network", network]
        command += ["--batch-size", batch_size, "--threads", options.threads]
        command += ["--epochs", options.epochs, "--layout", layout]
        output, memory = run(command, {"OMP_NUM_THREADS": str(options.threads)})
        found.append({**json.loads(output), "memory": memory})
    return {
        "version": found[0]["version"],
        "training": max(report["train"] for report in found),
        "inference": max(report["inference"] for report in found),
        "memory": min(report["memory"] for report in found),
    }


def spread(values, digits=0):
    """The median and the range."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def table(cases, ours, peers):
    version = peers[cases[0]][0]["version"]
    yield f"| network | batch | | here, images/s | PyTorch {version}, images/s | ratio | memory, MB | PyTorch's |"
    yield "|---|---|---|---|---|---|---|---|"
    for case in cases:
        for task in ["training", "inference"]:
            left, right = ([report[task] for report in reports[case]] for reports in (ours, peers))
            ratios = [one / other for one, other in zip(left, right)]
            memory = [max(report["memory"] for report in reports[case]) for reports in (ours, peers)]
            cells = [case[0], str(case[1]), task, spread(left), spread(right), spread(ratios, 2)]
            cells += [f"{most:,.0f}" for most in memory] if task == "training" else ["", ""]
            yield f"| {' | '.join(cells)} |"


def main():
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    busy = os.getloadavg()[0]
    cases = [(network, size) for network in options.networks for size in options.batch_sizes]
    ours, peers = ({case: [] for case in cases} for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            for case in cases:
                ours[case].append(measure_ours(options, *case, folder))
                peers[case].append(measure_pytorch(options, *case))
                pairs = [(ours[case][-1][task], peers[case][-1][task]) for task in ("training", "inference")]
                figures = ", ".join(f"{one:,.0f} : {other:,.0f}" for one, other in pairs)
                print(f"round {number + 1}, {case[0]}, batch {case[1]}: {figures}", file=sys.stderr)
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
    setting = f"{options.threads} threads, {options.rounds} rounds of {options.epochs} epochs, load before {busy:.1f}"
    command = " ".join(["benches/peers.py", *sys.argv[1:]]).replace(str(options.data), "FOLDER-OF-MNIST")
    lines = [f"Commit {commit}, `{command}`: {setting}.", "", *table(cases, ours, peers)]
    print("\n".join(lines))
    if options.log:
        title = f"## {datetime.date.today()} — beside PyTorch, in one run"
        with LOG.open("a", encoding="utf-8") as log:
            log.write("\n".join(["", title, "", *lines, ""]))


if __name__ == "__main__":
    main()

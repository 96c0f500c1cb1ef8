"""This project's `train` on a GPU, beside PyTorch on the same card: one table and one JSON file.

    cargo build -p train
    python3 benches/gpu.py --data FOLDER-OF-MNIST --python PYTHON-WITH-TORCH

Needs no cargo while it runs: `--train` says where the program is, so that it may be built on one machine and
measured on another. In turn: the check and the speed of every device; LeNet, cnn.toml, dense.toml and keras-cnn.toml at
several batch sizes, each beside PyTorch one operation at a time, as a CUDA graph and compiled (plain Adam; dense.toml and
cnn.toml without augmentation there); where the time of a step goes, kernel by kernel; and configs/fast.toml from the start
of the program to its end, once and with many seeds. `--quick` does a few steps of each, for a GPU in software. What fails is said in the table, and the rest goes on. Timed are whole programs' own
figures: images a second in training, without the first epoch where there are others.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import sys
import tempfile
import time

from peers import ROOT, run

PEER = ROOT / "benches" / "pytorch_gpu_peer.py"
# Recipe, the peer's name for its network, and settings that make both do the same.
PLAIN = ["training.optimizer.kind=adam", "training.optimizer.weight_decay=0.0", "augmentation={}"]
CASES = {
    "LeNet": ("configs/fast.toml", "lenet", PLAIN),
    "cnn.toml": ("configs/cnn.toml", "lenet", ["additions={}"]),
    "dense.toml": ("configs/dense.toml", "dense", PLAIN),
    "keras-cnn.toml": ("configs/tutorials/keras-cnn.toml", "keras-cnn", []),
}
MODES = ["eager", "graph", "compile"]
NO_PICTURES = ["report.page=false", "report.pictures=false"]
# Of each run; the first is not counted.
EPOCHS = 6
QUICK = ["training.steps=4"]
# Of the runs whose kernels are timed one by one; the other run has twice as many. Hardly an image is evaluated there.
PROFILED_STEPS = 50
QUICK_PROFILED_STEPS = 8
FEW_IMAGES = ["data.dataset=synthetic", "data.synthetic.train=10000", "data.synthetic.test=10", "data.validation=0"]
# A line of CubeCL's log: how long a kernel took, and which.
TIMED_KERNEL = re.compile(r"^\| ([\d.]+)(ns|µs|ms|s)\s+\| (.+)$")
MICROSECONDS = {"ns": 1e-3, "µs": 1, "ms": 1e3, "s": 1e6}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=pathlib.Path, default=ROOT / "target" / "debug" / "train", help="the program")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--python", help="a Python that has torch with CUDA; else there is no peer")
    parser.add_argument("--batches", nargs="+", type=int, default=[128, 1024, 8192])
    parser.add_argument("--cases", nargs="+", choices=sorted(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=64, help="of fast.toml, from 1 on; 0 for none")
    parser.add_argument("--quick", action="store_true", help="a few steps of each")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("gpu.json"), help="where the figures go")
    return parser.parse_args()


def environment(options):
    return {"MNIST_DIR": str(options.data.resolve()), "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", tempfile.gettempdir())}


def list_devices(options):
    return json.loads(run([options.train.resolve(), "devices", "--format", "json"], environment(options))[0])


def train(options, recipe, settings, more=(), variables=None):
    """The summary of one run, or of the runs of several seeds, and the seconds of the whole program."""
    with tempfile.TemporaryDirectory() as folder:
        command = [options.train.resolve(), "--config", ROOT / recipe, "--device", options.device, "--format", "json"]
        command += ["--out", pathlib.Path(folder) / "run", *more]
        command += [part for setting in [*settings, *NO_PICTURES] for part in ("--set", setting)]
        started = time.monotonic()
        output, _ = run(command, environment(options) | (variables or {}))
        return json.loads(output), time.monotonic() - started


def measure(options, recipe, settings, batch):
    length = QUICK if options.quick else [f"training.epochs={EPOCHS}"]
    summary, _ = train(options, recipe, [*settings, f"training.batch_size={batch}", *length])
    return round(summary["train"]["images_per_second"])


def timed_kernels(options, recipe, settings, num_steps):
    """Every kernel of a run: how often it was launched, and its microseconds, each waited for."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "kernels.log"
        variables = {"CUBECL_DEBUG_LOG": str(log), "CUBECL_DEBUG_OPTION": "profile"}
        train(options, recipe, [*settings, *FEW_IMAGES, f"training.steps={num_steps}"], variables=variables)
        found = collections.defaultdict(lambda: [0, 0.0])
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if match := TIMED_KERNEL.match(line):
                    duration, unit, name = match.groups()
                    kernel = found[name.strip()]
                    kernel[0] += 1
                    kernel[1] += float(duration) * MICROSECONDS[unit]
        return found


def step_by_kernel(options, recipe, settings):
    """Kernel, launches and microseconds of one step: what twice the steps have more, so that nothing but steps counts."""
    num_steps = QUICK_PROFILED_STEPS if options.quick else PROFILED_STEPS
    once, twice = (timed_kernels(options, recipe, settings, steps) for steps in (num_steps, 2 * num_steps))
    more = ((name, (found[0] - once[name][0]) / num_steps, (found[1] - once[name][1]) / num_steps) for name, found in twice.items())
    # What a step does not launch differs by chance at most.
    return sorted((kernel for kernel in more if kernel[1] >= 0.5), key=lambda kernel: -kernel[2])


def measure_peer(options, network, batch, mode):
    command = [options.python, PEER, "--data", options.data.resolve(), "--network", network, "--batch", batch, "--mode", mode]
    output, _ = run(command + (["--seconds", "0.1"] if options.quick else []), environment(options))
    return json.loads(output.splitlines()[-1])["images_per_second"]


def attempt(measurement, *rest):
    try:
        return measurement(*rest)
    except (SystemExit, OSError, ValueError, KeyError) as error:
        print(f"{measurement.__name__}: {error}", file=sys.stderr)
        return None


def cell(value):
    return "–" if value is None else f"{value:,}"


def main():
    options = arguments()
    found = {"devices": attempt(list_devices, options)}
    for device in found["devices"] or []:
        print(f"{device['device']}: {device.get('name', '')}, agrees with the CPU: {device.get('passed')}, {device.get('images_per_second')}")
    print("\n| network | batch | here | PyTorch, eager | CUDA graph | compiled |\n|---|---|---|---|---|---|")
    found["training"] = []
    for case in options.cases:
        recipe, network, settings = CASES[case]
        for batch in options.batches:
            row = {"case": case, "batch": batch, "here": attempt(measure, options, recipe, settings, batch)}
            for mode in MODES if options.python else []:
                row[mode] = attempt(measure_peer, options, network, batch, mode)
            found["training"].append(row)
            peers = " | ".join(cell(row.get(mode)) for mode in MODES)
            print(f"| {case} | {batch} | {cell(row['here'])} | {peers} |", flush=True)
    found["steps"] = {}
    for case in options.cases:
        recipe, _, settings = CASES[case]
        kernels = attempt(step_by_kernel, options, recipe, [*settings, f"training.batch_size={options.batches[0]}"])
        if kernels:
            found["steps"][case] = kernels
            launches, total = sum(kernel[1] for kernel in kernels), sum(kernel[2] for kernel in kernels)
            print(f"\nA step of {case}, batch {options.batches[0]}: {launches:.1f} launches, {total:.0f} µs, each waited for")
            for name, number, microseconds in kernels:
                print(f"  {100 * microseconds / total:5.1f} %  {number:5.1f} × {name}")
    whole = attempt(train, options, "configs/fast.toml", QUICK if options.quick else [])
    if whole:
        summary, seconds = whole
        found["fast"] = {"program_seconds": seconds, "summary": summary}
        print(f"\nfast.toml: {summary['train']['seconds']:.3f} s of training, {seconds:.1f} s from start to saved model")
        print(f"test accuracy: {summary['test']['accuracy']:.4f}")
    seeds = ["--seeds", f"1..{options.seeds}"]
    many = attempt(train, options, "configs/fast.toml", QUICK if options.quick else [], seeds) if options.seeds else None
    if many:
        summary, seconds = many
        found["seeds"] = {"program_seconds": seconds, "summary": summary}
        test = summary["test_accuracy"]
        spread = 100 * (test["standard_deviation"] or 0)
        print(f"{options.seeds} seeds: {100 * test['mean']:.2f} ± {spread:.2f} %, {seconds:.1f} s from start to end")
    options.json.write_text(json.dumps(found, indent=1))


main()

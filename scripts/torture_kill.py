"""Kills training again and again, goes on each time with `train --resume`, and compares what comes of it with an
undisturbed run.

    cargo build -p train
    python3 scripts/torture_kill.py

Two ways of killing, with SIGKILL each time: at random moments, and at every system call by which a checkpoint or the
final model gets to disk (with strace, which lets the kernel do it; without strace that part is left out, and said).
After each kill the run's newest checkpoint must be whole, no more than one interval of steps behind what was told
last, and `--resume` must go on from it. At the end weights, test predictions, history and summary must be those of
the undisturbed run, to the byte but for times. Needs Linux. Exit code 1 where anything differs.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAIN = ROOT / "target" / "debug" / "train"
# Steps between two checkpoints.
INTERVAL = 20
# System calls that change what is on disk.
CALLS = ["fsync", "mkdir", "rename", "renameat2", "unlinkat"]
TIMES = ["images_per_second", "train_seconds", "evaluation_seconds"]

COMMON = f"""
[data]
dataset = "synthetic"
validation = 400
synthetic = {{ train = 2400, test = 300 }}

[checkpoint]
every_steps = {INTERVAL}

[report]
page = false
pictures = false
"""

NETWORKS = {
    "cnn": """
[model]
kind = "cnn"

[augmentation]
rotation_degrees = 10.0

[training]
epochs = 12
batch_size = 16
ema_decay = 0.99
schedule = { kind = "one-cycle" }
""",
    "dense with dropout": """
[model]
kind = "dense"
hidden = [128, 64]
dropout = 0.2

[training]
epochs = 24
batch_size = 16
clip_norm = 1.0
optimizer = { kind = "adamw", weight_decay = 0.01 }
""",
    "cnn with batch-norm": """
[model]
kind = "cnn"
convolutions = [
    { channels = 6, batch_norm = true, pool = "max" },
    { channels = 12, batch_norm = true, pool = "max" },
]
dense = [32]

[training]
epochs = 8
batch_size = 16
evaluate_every = 90
optimizer = { kind = "sgd", momentum = 0.9, learning_rate = 0.02 }
""",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=60, help="at random moments, of each network")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    return parser.parse_args()


def command(place, *rest):
    return [str(part) for part in [TRAIN, *rest, "--device", "cpu", "-v"]]


def begin(place, run):
    """The command that begins the run, or goes on with it."""
    if (place / run / "checkpoints").is_dir() and newest(place / run) is not None:
        return command(place, "--resume", run)
    shutil.rmtree(place / run, ignore_errors=True)
    return command(place, "recipe.toml", "--out", run)


def newest(run):
    steps = [int(path.name[5:]) for path in (run / "checkpoints").glob("step-*")]
    return max(steps, default=None)


def told(log):
    """The last step that the run told of, by the lines of its steps."""
    steps = re.findall(r"step +([0-9]+) epoch", log.read_text()) if log.exists() else []
    return int(steps[-1]) if steps else 0


class Torture:
    def __init__(self, place, name):
        self.place, self.name = place, name
        self.kills = collections.Counter()
        self.problems = []

    def problem(self, text):
        self.problems.append(text)
        print(f"  PROBLEM {text}", flush=True)

    def check(self, run, before):
        """After a kill: how far the newest checkpoint is behind, and whether it is a folder in its right name."""
        found = newest(self.place / run)
        if found is None:
            if told(self.place / run / "log.txt") > INTERVAL:
                self.problem(f"{run}: no checkpoint")
            return
        behind = told(self.place / run / "log.txt") - found
        if behind > INTERVAL:
            self.problem(f"{run}: {behind} steps lost")
        if before is not None and found < before:
            self.problem(f"{run}: the newest checkpoint is older than the one before")

    def finish(self, run):
        """Lets it run to its end, and compares."""
        found = subprocess.run(begin(self.place, run), cwd=self.place, capture_output=True, text=True, check=False)
        done = "is done (" in found.stderr
        if found.returncode != 0 and not done:
            self.problem(f"{run}: {found.stderr[-500:]}")
            return
        if "passed over" in found.stderr:
            self.problem(f"{run}: a damaged checkpoint: {found.stderr[-500:]}")
        for name, read in (
            ("model/weights.bpk", pathlib.Path.read_bytes),
            ("predictions.csv", pathlib.Path.read_bytes),
            ("metrics.jsonl", history),
            ("summary.json", summary),
        ):
            if read(self.place / run / name) != read(self.place / "whole" / name):
                self.problem(f"{run}: {name} differs")

    def at_random(self, count, moments):
        """One run after another, killed every now and then, until there were so many kills."""
        number = 0
        while self.kills["random"] < count:
            number += 1
            run = f"random-{number}"
            limit = 40
            while limit and self.kills["random"] < count:
                limit -= 1
                before = newest(self.place / run)
                child = subprocess.Popen(
                    begin(self.place, run), cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                try:
                    child.wait(timeout=moments.uniform(0.05, 1.2))
                    break
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                    self.kills["random"] += 1
                    self.check(run, before)
            self.finish(run)

    def at_calls(self):
        """Killed at the n-th call of each kind, for every n that the last third of a run has."""
        start = self.place / "near-its-end"
        self.leave_near_its_end(start)
        for call in CALLS:
            n = 0
            while True:
                n += 1
                run = f"call-{call}-{n}"
                shutil.copytree(start, self.place / run)
                before = newest(self.place / run)
                strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
                strace += ["-e", f"inject={call}:signal=SIGKILL:when={n}"]
                found = subprocess.run(
                    [*strace, *begin(self.place, run)],
                    cwd=self.place,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    check=False,
                )
                if found.returncode == 0:
                    shutil.rmtree(self.place / run)
                    break
                self.kills[call] += 1
                self.check(run, before)
                self.finish(run)
                shutil.rmtree(self.place / run)

    def leave_near_its_end(self, target):
        """A run that is stopped when about two checkpoints of it are left, so that each try is short."""
        steps = told(self.place / "whole" / "log.txt")
        recipe = begin(self.place, target.name)
        child = subprocess.Popen(recipe, cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while (newest(target) or 0) < steps - 3 * INTERVAL:
            if child.poll() is not None:
                sys.exit("the run ended before it could be stopped")
            time.sleep(0.001)
        child.kill()
        child.wait()


def history(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in TIMES} for line in lines]


def summary(path):
    found = json.loads(path.read_text())
    return {part: found[part] for part in ("ending", "validation", "test", "extremes", "parameters")}


def main():
    options = arguments()
    moments = random.Random(options.seed)
    has_strace = shutil.which("strace") is not None
    if not has_strace:
        print("no strace: kills at the calls of a save are left out", flush=True)
    num_kills, problems = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for name, recipe in NETWORKS.items():
            place = pathlib.Path(folder) / name.replace(" ", "-")
            place.mkdir()
            (place / "recipe.toml").write_text(recipe + COMMON)
            torture = Torture(place, name)
            whole = command(place, "recipe.toml", "--out", "whole")
            subprocess.run(whole, cwd=place, check=True, capture_output=True)
            torture.at_random(options.kills, moments)
            if has_strace:
                torture.at_calls()
            counts = ", ".join(f"{count} {kind}" for kind, count in torture.kills.items())
            print(f"{name}: {counts}; {len(torture.problems)} problems", flush=True)
            num_kills += torture.kills.total()
            problems += torture.problems
            shutil.rmtree(place)
    print(f"{num_kills} kills, {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())

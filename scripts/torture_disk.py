"""Fills a small disk at every write of a save, and looks whether the checkpoint before it is whole each time.

    cargo build -p train
    sudo python3 scripts/torture_disk.py        # to mount a small tmpfs takes root

A run is stopped after some checkpoints. Then, again and again, its folder is put on a tmpfs with room for a little
more than what is there, a few thousand bytes more each time until all fits, and `train --resume` goes on. Each time
the program must say what path lacks how many bytes, or end well; the newest checkpoint must be one that can be gone
on from; and nothing half-written may be left. At last the run is given room, and must come to the weights of an
undisturbed one. Needs Linux. Exit code 1 where anything is wrong.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAIN = ROOT / "target" / "debug" / "train"
PAGE = 4096
# More room each time, in pages.
STEP = 16

RECIPE = """
[data]
dataset = "synthetic"
validation = 400
synthetic = { train = 2400, test = 300 }

[model]
kind = "dense"
hidden = [64]
dropout = 0.2

[training]
epochs = 30
batch_size = 16

[checkpoint]
every_steps = 50

[report]
page = false
pictures = false
"""


def train(place, *rest):
    command = [str(part) for part in [TRAIN, *rest, "--device", "cpu"]]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def start(place, target):
    """A run that was killed after some checkpoints."""
    command = [str(TRAIN), "recipe.toml", "--out", target.name, "--device", "cpu"]
    child = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(checkpoints(target)) < 2:
        time.sleep(0.002)
    child.kill()
    child.wait()


def checkpoints(run):
    return sorted((run / "checkpoints").glob("step-*"))


def left_behind(run):
    names = [path for path in run.rglob("*") if path.name.startswith((".digits-", ".former-"))]
    return [str(path.relative_to(run)) for path in names]


def used_pages(folder):
    return sum(1 + -(-path.stat().st_size // PAGE) for path in folder.rglob("*"))


def main():
    problems, num_full, num_tries = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "recipe.toml").write_text(RECIPE)
        found = train(place, "recipe.toml", "--out", "whole")
        if found.returncode != 0:
            sys.exit(found.stderr)
        whole = (place / "whole" / "model" / "weights.bpk").read_bytes()
        origin = place / "origin"
        start(place, origin)
        disk = place / "disk"
        disk.mkdir()
        more = STEP
        while True:
            num_tries += 1
            pages = used_pages(origin) + more
            mounted = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={pages * PAGE},nr_inodes=0", "tmpfs", disk],
                capture_output=True,
                text=True,
                check=False,
            )
            if mounted.returncode != 0:
                print(f"no tmpfs can be mounted, nothing was tried: {mounted.stderr.strip()}")
                return 0
            try:
                run = disk / "run"
                shutil.copytree(origin, run)
                found = train(disk, "--resume", "run")
                is_full = "No space left" in found.stderr
                num_full += is_full
                if found.returncode not in (0, 1):
                    problems.append(f"{more} pages: exit code {found.returncode}: {found.stderr[-300:]}")
                if found.returncode == 1 and not is_full:
                    problems.append(f"{more} pages: {found.stderr[-300:]}")
                said = re.findall(r"checkpoint could not be written: (.*)", found.stderr)
                if not all("bytes)" in text and "step-" in text for text in said):
                    problems.append(f"{more} pages: path and bytes are not said: {said}")
                if left_behind(run):
                    problems.append(f"{more} pages: left behind: {left_behind(run)}")
                # With room again, on another disk.
                copy = place / "copy"
                shutil.copytree(run, copy)
                again = train(place, "--resume", "copy")
                if "passed over" in again.stderr:
                    problems.append(f"{more} pages: a damaged checkpoint: {again.stderr[-300:]}")
                if again.returncode != 0 and "is done (" not in again.stderr:
                    problems.append(f"{more} pages: not to be gone on with: {again.stderr[-300:]}")
                elif (copy / "model" / "weights.bpk").read_bytes() != whole:
                    problems.append(f"{more} pages: other weights")
                shutil.rmtree(copy)
            finally:
                subprocess.run(["umount", disk], check=True)
            if not is_full:
                break
            more += STEP
    for problem in problems:
        print(problem)
    print(f"{num_tries} sizes of the disk, {num_full} of them too small; {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())

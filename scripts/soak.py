"""Trains for 300 short epochs, and reads two million images, and tells how the programs' memory grows meanwhile.

    cargo build --workspace
    MNIST_DIR=FOLDER-OF-MNIST python3 scripts/soak.py

Memory is what the system says is resident, looked at ten times a second; its growth is from the median of the
second tenth of the job to that of the ninth: at its end a training draws its report. Exit code 1 where that is more than 5 MB. Needs Linux.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target" / "debug"
LIMIT = 5.0
IMAGES = "train-images-idx3-ubyte"


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def watch(name, command, place):
    child = subprocess.Popen(
        [str(part) for part in command], cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    started, sizes = time.perf_counter(), []
    while child.poll() is None:
        try:
            sizes.append(resident(child.pid))
        except (FileNotFoundError, IndexError, ValueError):
            break
        time.sleep(0.1)
    code = child.wait()
    tenth = max(len(sizes) // 10, 1)
    early, late = (statistics.median(sizes[i * tenth : (i + 1) * tenth]) for i in (1, 8))
    seconds = time.perf_counter() - started
    print(f"{name}: {seconds:.0f} s, exit code {code}, {early:.1f} MB early, {late:.1f} MB late, {max(sizes):.1f} at most")
    return code == 0 and late - early <= LIMIT


def main():
    images = [path for path in pathlib.Path(os.environ.get("MNIST_DIR", ".")).glob(f"{IMAGES}*")]
    if not images:
        sys.exit("no MNIST; set MNIST_DIR to a folder that has it")
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        train = [PROGRAMS / "train", "cnn", "--data", "synthetic", "--out", "run", "--device", "cpu", "--epochs", 300]
        for change in ("data.synthetic={train=4000, test=500}", "data.validation=500", "checkpoint.every_seconds=2.0"):
            train += ["--set", change]
        is_flat = watch("300 epochs", train, place)
        predict = [PROGRAMS / "infer", "predict", "--model", "run", "--device", "cpu", "-o", "answers.csv"]
        for number in range(34):
            link = place / f"{number}-{images[0].name}"
            link.symlink_to(images[0].resolve())
            predict.append(link)
        is_flat &= watch("2,040,000 images", predict, place)
    return int(not is_flat)


if __name__ == "__main__":
    sys.exit(main())

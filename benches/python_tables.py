"""Images from Python beside the program: an array of NumPy and a column of Arrow, and `infer predict` on the same file.

Needs the package `digits` and `pyarrow` in this Python, `infer` built, and a run of train:

    PYTHON benches/python_tables.py RUN --mnist FOLDER

The images are MNIST's test images over and over. In turns, each in a process of its own: seconds of `predict` on what is in
memory, with the network loaded, and of `infer predict --format csv --output` from its start to its end; and by how much the
peak of memory grows, as a share of the pixels. Medians and the ratio of each to the program's.
"""

import argparse
import gzip
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INFER = ROOT / "target" / "debug" / "infer"
MEASURED = """
import resource, sys, time
import numpy as np
import digits

kind, run, path = sys.argv[1:]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
images = np.load(path)
given = images
if kind == "arrow":
    import pyarrow as pa
    given = pa.table({"image": pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 784)})
    assert given["image"].chunk(0).flatten().buffers()[1].address == images.ctypes.data
classifier = digits.Classifier(run, device="cpu")
classifier.predict(images[:20_000])
before, start = peak(), time.monotonic()
prediction = classifier.predict(given)
print(time.monotonic() - start, (peak() - before) / images.nbytes, prediction.labels.sum())
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="a run folder of train")
    parser.add_argument("--mnist", required=True, help="the folder of MNIST's files, packed by gzip")
    parser.add_argument("--count", type=int, default=1_000_000, help="so many images, in tens of thousands")
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    import numpy as np

    some = gzip.decompress(Path(arguments.mnist, "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    some = np.frombuffer(some, np.uint8).reshape(-1, 28, 28)
    seconds = {"infer": [], "numpy": [], "arrow": []}
    grown, sums = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        path, rows = Path(folder, "many.npy"), Path(folder, "rows.csv")
        np.save(path, np.tile(some, (max(1, arguments.count // len(some)), 1, 1)))
        command = [INFER, "predict", "-q", "--device", "cpu", "--model", arguments.run, "--output", rows, path]
        for _ in range(arguments.times):
            start = time.monotonic()
            subprocess.run(command, check=True)
            seconds["infer"].append(time.monotonic() - start)
            for kind in ("numpy", "arrow"):
                measured = [sys.executable, "-c", MEASURED, kind, arguments.run, str(path)]
                found = subprocess.run(measured, check=True, capture_output=True, text=True).stdout.split()
                seconds[kind].append(float(found[0]))
                grown[kind] = max(grown.get(kind, 0.0), float(found[1]))
                sums.add(found[2])
    if len(sums) != 1:
        sys.exit("NumPy and Arrow gave different labels")
    program = statistics.median(seconds["infer"])
    for kind, all_seconds in seconds.items():
        median = statistics.median(all_seconds)
        shown = ", ".join(f"{number:.1f}" for number in all_seconds)
        memory = f", memory grows by {grown[kind]:.2f} of the pixels" if kind in grown else ""
        print(f"{kind:6} {median:5.1f} s ({shown}), {median / program:.2f} of the program's{memory}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Reads a run's event files back with TensorBoard itself and compares them with the run's history.

    pip install tensorboard
    cargo run -p train -- --config configs/smoke.toml --tensorboard --out artifacts/events
    python3 scripts/check_tensorboard.py artifacts/events

Checks that every scalar is the one in history.csv, that every layer's weights have a histogram at the
start and at each evaluation, that the pictures decode, and, over HTTP, that the program `tensorboard`
lists all of it. Exits with 1 and a message where anything differs.
"""

import csv
import io
import json
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util

COLUMNS = {
    "train": {
        "loss": "train_loss",
        "accuracy": "train_accuracy",
        "learning_rate": "learning_rate",
        "images_per_second": "images_per_second",
    },
    "validation": {"loss": "validation_loss", "accuracy": "validation_accuracy"},
}


def require(is_right, message):
    if not is_right:
        sys.exit(f"error: {message}")


def float32(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def read(folder):
    guidance = {event_accumulator.TENSORS: 0}
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance=guidance)
    accumulator.Reload()
    tags = accumulator.Tags()["tensors"]
    plugins = {}
    for tag in tags:
        plugin = accumulator.SummaryMetadata(tag).plugin_data.plugin_name
        plugins.setdefault(plugin, []).append(tag)
    points = {
        tag: {
            event.step: tensor_util.make_ndarray(event.tensor_proto)
            for event in accumulator.Tensors(tag)
        }
        for tag in tags
    }
    return plugins, points


def check_scalars(name, history, plugins, points):
    columns = COLUMNS[name]
    require(
        set(plugins.get("scalars", [])) == set(columns),
        f"{name} has the scalars {plugins.get('scalars')}, not {sorted(columns)}",
    )
    for tag, column in columns.items():
        expected = {int(row["step"]): float32(row[column]) for row in history}
        found = {step: value.item() for step, value in points[tag].items()}
        require(found == expected, f"{name}/{tag}: {found} is not {expected}")
        print(f"{name}/{tag}: {len(found)} points, as in history.csv")


def check_histograms(history, plugins, points):
    steps = {0} | {int(row["step"]) for row in history}
    tags = plugins.get("histograms", [])
    require(tags, "there are no histograms")
    for tag in tags:
        require(set(points[tag]) == steps, f"{tag} is at {sorted(points[tag])}, not {sorted(steps)}")
        counts = set()
        for step, rows in points[tag].items():
            require(rows.shape == (30, 3), f"{tag} at {step} has the shape {rows.shape}")
            require((rows[:, 0] <= rows[:, 1]).all(), f"{tag} at {step} has edges out of order")
            counts.add(int(rows[:, 2].sum()))
        require(len(counts) == 1, f"{tag} has {counts} values")
        print(f"{tag}: {len(steps)} histograms of {counts.pop()} values")


def check_pictures(name, plugins, points):
    for tag in plugins.get("images", []):
        for step, (width, height, *pictures) in points[tag].items():
            for picture in pictures:
                decoded = Image.open(io.BytesIO(picture))
                decoded.load()
                size = (int(width), int(height))
                require(decoded.size == size, f"{tag} at {step}: {decoded.size} is not {size}")
        print(f"{name}/{tag}: {len(points[tag])} pictures of {size[0]}×{size[1]}")
    require(plugins.get("images"), f"{name} has no pictures")


def check_server(folder, expected):
    """Starts `tensorboard` and asks it what it shows."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = ""
        while "http://" not in line:
            line = server.stderr.readline()
            require(line, "tensorboard did not start")
        root = "http://" + line.split("http://")[1].split("/")[0].split()[0]

        def get(path, **query):
            address = f"{root}/data/plugin/{path}?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.read()

        deadline = time.monotonic() + 60
        while True:
            found = {
                plugin: {
                    run: set(tags)
                    for run, tags in json.loads(get(f"{plugin}/tags")).items()
                    if tags
                }
                for plugin in expected
            }
            if found == expected or time.monotonic() > deadline:
                break
            time.sleep(1)
        require(found == expected, f"tensorboard shows {found}, not {expected}")
        points = json.loads(get("scalars/scalars", run="train", tag="loss"))
        tag = sorted(expected["histograms"]["train"])[0]
        histograms = json.loads(get("histograms/histograms", run="train", tag=tag))
        require(all(len(buckets) == 30 for _, _, buckets in histograms), f"{tag}: {histograms}")
        images = json.loads(get("images/images", run="train", tag="first_layer", sample=0))
        query = dict(urllib.parse.parse_qsl(images[-1]["query"]))
        picture = get("images/individualImage", **query)
        Image.open(io.BytesIO(picture)).load()
        print(f"tensorboard at {root} shows all of it: {len(points)} points of train/loss, "
              f"{len(histograms)} histograms of {tag}, {len(images)} pictures of the first layer")
    finally:
        server.terminate()
        server.wait()


def main():
    require(len(sys.argv) == 2, "usage: check_tensorboard.py RUN")
    run = Path(sys.argv[1])
    history = list(csv.DictReader((run / "history.csv").open()))
    shown = {"scalars": {}, "histograms": {}, "images": {}}
    is_validated = any(row["validation_loss"] for row in history)
    for name in COLUMNS if is_validated else ["train"]:
        plugins, points = read(run / "tensorboard" / name)
        for plugin, tags in plugins.items():
            shown[plugin][name] = set(tags)
        check_scalars(name, history, plugins, points)
        if name == "train":
            check_histograms(history, plugins, points)
        check_pictures(name, plugins, points)
    check_server(run / "tensorboard", shown)


if __name__ == "__main__":
    main()

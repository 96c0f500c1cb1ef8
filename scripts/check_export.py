"""Holds `infer export --format onnx` and `--format safetensors` against the programs of others.

Needs runs of train, the programs built, MNIST's files, and Python with `onnx onnxruntime torch safetensors numpy`:

    just check-export PYTHON --mnist FOLDER --runs cnn-001 dense-001 --together accurate-001 accurate-002 accurate-003

Every run, those together, and with --kinds a network of every kind of layer that is trained for a few steps on drawn digits,
goes over MNIST's test images: as ONNX through onnx's checker, onnxruntime and tract (checks/tract), with pixels as bytes and as
floats; one run alone through the PyTorch module that is written, and back in through `--model model.safetensors`. What counts
is our logits, as `infer serve` gives them: at most 1e-4 apart, and the same label for every image.
"""

import argparse
import gzip
import importlib.util
import json
import re
import struct
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import numpy

from check_serve import Service, expect

ROOT = Path(__file__).resolve().parent.parent
INFER = ROOT / "target" / "debug" / "infer"
TRAIN = ROOT / "target" / "debug" / "train"
TRACT = ROOT / "checks" / "tract"
TOLERANCE = 1e-4
BATCH = 1000
# What the service takes at once.
SERVED = 200
# Every kind of layer, activation and pooling; even kernels, odd sizes.
KINDS = """
[data]
dataset = "synthetic"
[input]
mean = 0.13
std = 0.31
[model]
kind = "cnn"
activation = "gelu"
dropout = 0.2
convolutions = [
    { channels = 5, kernel = 4, padding = "same", activation = "tanh", batch_norm = true },
    { kind = "residual", channels = 5, activation = "gelu", pool = "average", pool_size = 3 },
    { kind = "residual", channels = 7, kernel = 5, batch_norm = false, dropout = 0.1 },
    { channels = 6, kernel = 2, padding = "valid", activation = "none", pool = "max" },
    { kind = "residual", channels = 9, pool = "global-average" },
]
dense = [12]
[training]
epochs = 1
batch_size = 64
[training.optimizer]
kind = "adamw"
learning_rate = 2e-3
"""


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def our_logits(models, images):
    """As the service gives them, by the Open Inference Protocol's binary tensors."""
    others = [part for model in models[1:] for part in ("--model", model)]
    with Service(models[0], *others, "--name", "net") as service:
        logits = []
        for start in range(0, len(images), SERVED):
            batch = images[start:start + SERVED]
            tensor = {"name": "images", "datatype": "UINT8", "shape": list(batch.shape),
                      "parameters": {"binary_data_size": batch.size}}
            wanted = [{"name": "logits", "parameters": {"binary_data": True}}]
            header = json.dumps({"inputs": [tensor], "outputs": wanted}).encode()
            request = urllib.request.Request(f"http://{service.address}/v2/models/net/infer", header + batch.tobytes(),
                                             {"Inference-Header-Content-Length": str(len(header)),
                                              "Content-Type": "application/octet-stream"})
            with urllib.request.urlopen(request) as answer:
                body = answer.read()[int(answer.headers["Inference-Header-Content-Length"]):]
            logits.append(numpy.frombuffer(body, "<f4").reshape(-1, 10))
    return numpy.concatenate(logits)


def compare(found, expected):
    """How far apart, where that is near enough."""
    expect(found.shape == expected.shape and numpy.isfinite(found).all(), f"shape {found.shape}")
    apart = float(numpy.abs(found - expected).max())
    num_other = int((found.argmax(1) != expected.argmax(1)).sum())
    expect(apart < TOLERANCE and num_other == 0, f"{apart:.1e} apart, {num_other} other labels")
    return apart


def check_onnx(models, images, expected, folder):
    import onnx
    import onnxruntime

    said = []
    for kind in ("uint8", "float"):
        path = folder / f"{kind}.onnx"
        run(INFER, "export", "--format", "onnx", "--input", kind, "--model", *models, "--out", path)
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path)
        names = eval(session.get_modelmeta().custom_metadata_map["names"], {"__builtins__": {}})
        expect(len(names) == 10, f"names {names}")
        pixels = images if kind == "uint8" else images.astype(numpy.float32)
        answers = [session.run(None, {"pixels": pixels[start:start + BATCH]}) for start in range(0, len(images), BATCH)]
        said.append(f"onnxruntime {kind} {compare(numpy.concatenate([answer[0] for answer in answers]), expected):.1e}")
        sums = numpy.concatenate([answer[1] for answer in answers]).sum(1)
        expect(numpy.abs(sums - 1).max() < 1e-5, "probabilities do not add up")
        alone = session.run(None, {"pixels": pixels[:1]})[0]
        expect(numpy.abs(alone - expected[:1]).max() < TOLERANCE, "one image alone")
        images.tofile(folder / "images")
        expected.astype("<f4").tofile(folder / "logits")
        answer = run(TRACT / "target/debug/check-tract", path, kind, folder / "images", folder / "logits")
        said.append(f"tract {kind} {re.search(r'most (.*) apart', answer)[1]}")
    return said


def check_torch(model, images, expected, folder):
    import torch

    out = folder / "torch"
    run(INFER, "export", "--format", "safetensors", "--model", model, "--out", out)
    spec = importlib.util.spec_from_file_location("exported", out / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load()
    with torch.no_grad():
        logits = [network(torch.from_numpy(images[start:start + BATCH].copy())) for start in range(0, len(images), BATCH)]
    said = [f"PyTorch {compare(torch.cat(logits).numpy(), expected):.1e}"]
    back = our_logits([out / "model.safetensors"], images)
    expect((back == expected).all(), "the file of weights answers otherwise than the run")
    return said + ["safetensors read back the same"]


def check_init(folder, images):
    """Weights that PyTorch saved, by names of its own, begin a training that goes no step far."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10))
    path = folder / "foreign.pt"
    torch.save(network.state_dict(), path)
    out = folder / "foreign-run"
    run(TRAIN, "dense", "--set", "model.hidden=[32,32]", "--set", 'model.activation="tanh"', "--set", "model.dropout=0",
        "--set", "input.mean=0", "--set", "input.std=1", "--data", "synthetic", "--steps", "1", "--lr", "1e-30",
        "--set", "training.optimizer.weight_decay=0", "--init", path, "--out", out)
    with torch.no_grad():
        expected = network(torch.from_numpy(images / numpy.float32(255))).numpy()
    return [f"PyTorch's own through train --init {compare(our_logits([out], images), expected):.1e}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", type=Path, required=True, help="the folder of MNIST's files")
    parser.add_argument("--runs", nargs="*", default=[], help="run folders, each alone")
    parser.add_argument("--together", nargs="*", default=[], help="run folders that answer together")
    parser.add_argument("--kinds", action="store_true", help="also a network of every kind of layer")
    options = parser.parse_args()
    data = gzip.open(options.mnist / "t10k-images-idx3-ubyte.gz").read()
    num = struct.unpack(">I", data[4:8])[0]
    images = numpy.frombuffer(data, numpy.uint8, offset=16).reshape(num, 28, 28).copy()
    run("cargo", "build", "--quiet", "--manifest-path", TRACT / "Cargo.toml")
    num_bad = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        jobs = [([model], model) for model in options.runs]
        if options.together:
            jobs.append((options.together, f"{len(options.together)} together"))
        if options.kinds:
            recipe = folder / "kinds.toml"
            recipe.write_text(KINDS)
            run(TRAIN, "--config", recipe, "--out", folder / "kinds", "--steps", "30")
            jobs.append(([str(folder / "kinds")], "every kind of layer"))
        for number, (models, name) in enumerate(jobs):
            place = folder / str(number)
            place.mkdir()
            try:
                expected = our_logits(models, images)
                said = check_onnx(models, images, expected, place)
                if len(models) == 1:
                    said += check_torch(models[0], images, expected, place)
                print(f"{name}: {num} images, same labels, logits apart by at most: {', '.join(said)}", flush=True)
            except Exception as error:
                num_bad += 1
                print(f"{name}: FAILED: {error}", flush=True)
        try:
            print(f"foreign weights: {num} images, same labels: {', '.join(check_init(folder, images))}", flush=True)
        except Exception as error:
            num_bad += 1
            print(f"foreign weights: FAILED: {error}", flush=True)
    sys.exit(num_bad > 0)


if __name__ == "__main__":
    main()

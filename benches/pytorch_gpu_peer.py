"""PyTorch on a CUDA card: one network, batch size and mode; one line of JSON with images a second in training.

All images lie on the card; a step gathers its batch there, goes forward and back, and does one fused Adam step. Matrix
products may use TF32.
"""

import argparse
import gzip
import json
import pathlib
import time

import numpy
import torch
from torch import nn


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def dense():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
        nn.Linear(128, 10),
    )  # fmt: skip


def keras_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip


NETWORKS = {"lenet": lenet, "dense": dense, "keras-cnn": keras_cnn}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--network", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--mode", choices=["eager", "graph", "compile"], required=True)
    parser.add_argument("--seconds", type=float, default=1.0)
    return parser.parse_args()


def load(folder):
    def read(name, header):
        path = folder / name
        data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
        return torch.from_numpy(numpy.frombuffer(data, numpy.uint8)[header:].copy())

    images = read("train-images-idx3-ubyte", 16).view(-1, 1, 28, 28).float() / 255
    return images.cuda(), read("train-labels-idx1-ubyte", 8).long().cuda()


def main():
    options = arguments()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    images, labels = load(options.data)
    network = NETWORKS[options.network]().cuda()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True, capturable=options.mode == "graph")
    forward = torch.compile(network) if options.mode == "compile" else network
    order = torch.randperm(len(images), device="cuda")
    batch, num_steps = options.batch, len(images) // options.batch

    def step(chosen):
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(forward(images[chosen]), labels[chosen]).backward()
        optimizer.step()

    if options.mode == "graph":
        chosen = order[:batch].clone()
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(5):
                step(chosen)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step(chosen)

        def go(number):
            chosen.copy_(order[number * batch : (number + 1) * batch])
            graph.replay()
    else:

        def go(number):
            step(order[number * batch : (number + 1) * batch])

    for number in range(min(num_steps, 20)):
        go(number)
    best, spent = 0.0, 0.0
    while spent < options.seconds:
        torch.cuda.synchronize()
        started = time.perf_counter()
        for number in range(num_steps):
            go(number)
        torch.cuda.synchronize()
        seconds = time.perf_counter() - started
        spent += seconds
        best = max(best, num_steps * batch / seconds)
    print(json.dumps({"torch": torch.__version__, "card": torch.cuda.get_device_name(), "images_per_second": round(best)}))


main()

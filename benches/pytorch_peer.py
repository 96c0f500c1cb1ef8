"""The project's two reference networks in PyTorch: one JSON object with images a second.

Training counts whole steps (batch out of tensors in memory, forward, backward, fused Adam) of all epochs
but the first, as this project's own figure does; inference is the forward pass over the 10,000 test
images, the median of many passes after one to warm up. Needs torch and numpy; `benches/peers.py` runs it.
"""

import argparse
import gzip
import json
import pathlib
import statistics
import time

import numpy
import torch
from torch import nn

WARM_UP_STEPS = 10
PASSES_OF_INFERENCE = 11


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--network", choices=["lenet", "dense"], required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--layout", choices=["contiguous", "channels_last"], default="contiguous")
    return parser.parse_args()


def read_idx(folder, name, header):
    path = folder / name
    raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return torch.from_numpy(numpy.frombuffer(raw, numpy.uint8)[header:].copy())


def read_split(options, prefix):
    images = read_idx(options.data, f"{prefix}-images-idx3-ubyte", 16)
    labels = read_idx(options.data, f"{prefix}-labels-idx1-ubyte", 8)
    images = (images.view(-1, 1, 28, 28).float() / 255 - 0.1307) / 0.3081
    if options.layout == "channels_last":
        images = images.to(memory_format=torch.channels_last)
    return images, labels.long()


def build(network):
    if network == "dense":
        return nn.Sequential(
            nn.Flatten(),
            *(nn.Linear(784, 512), nn.ReLU()),
            *(nn.Linear(512, 256), nn.ReLU()),
            *(nn.Linear(256, 128), nn.ReLU()),
            nn.Linear(128, 10),
        )
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        *(nn.Linear(400, 120), nn.ReLU()),
        *(nn.Linear(120, 84), nn.ReLU()),
        nn.Linear(84, 10),
    )


def seconds_of_epochs(options, step, images, labels):
    """Seconds of each epoch, whole batches alone, and images of one."""
    batch_size = options.batch_size
    for _ in range(WARM_UP_STEPS):
        step(images[:batch_size], labels[:batch_size])
    seconds = []
    for _ in range(options.epochs):
        order = torch.randperm(len(images))
        batches = order[: len(order) // batch_size * batch_size].split(batch_size)
        start = time.perf_counter()
        for chosen in batches:
            step(images[chosen], labels[chosen])
        seconds.append(time.perf_counter() - start)
    return seconds, len(batches) * batch_size


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    network = build(options.network)
    if options.layout == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)

    def step(images, labels):
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    # Both before training: PyTorch was seen to train more slowly where the test set is read after it.
    train, (images, labels) = (read_split(options, prefix) for prefix in ("train", "t10k"))
    seconds, num_images = seconds_of_epochs(options, step, *train)
    passes = []
    with torch.inference_mode():
        for _ in range(PASSES_OF_INFERENCE + 1):
            start = time.perf_counter()
            logits = torch.cat([network(batch) for batch in images.split(options.batch_size)])
            passes.append(time.perf_counter() - start)
    counted = seconds[1:] or seconds
    report = {
        "version": torch.__version__,
        "train": num_images * len(counted) / sum(counted),
        "inference": len(images) / statistics.median(passes[1:]),
        "test_accuracy": (logits.argmax(1) == labels).float().mean().item(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()

"""A recipe's network in PyTorch, with its batch size, optimizer and dropout: one JSON object with images a
second.

The recipe comes as JSON, resolved (`benches/recipes.py` has it from this project's own bench), or is one of
the two reference networks, with plain Adam. What a recipe does to images before the network and with
weights after a step is not done here. Training counts whole steps (batch out of tensors in memory, forward,
backward, optimizer, fused where PyTorch has that on the CPU) of all epochs but the first, as this project's
own figure does; inference is the forward pass over the 10,000 test images, the median of many passes after
one to warm up. Needs torch and numpy.
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
ADAM = {"kind": "adam", "learning_rate": 1e-3}
LENET = [
    {"channels": 6, "kernel": 5, "padding": "same", "pool": "max"},
    {"channels": 16, "kernel": 5, "padding": "valid", "pool": "max"},
]
REFERENCES = {
    "lenet": {"kind": "cnn", "convolutions": LENET, "dense": [120, 84]},
    "dense": {"kind": "dense", "hidden": [512, 256, 128]},
}
ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "none": nn.Identity}
POOLS = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of MNIST's IDX files")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--network", choices=sorted(REFERENCES))
    what.add_argument("--recipe", type=pathlib.Path, help="a resolved recipe, as JSON")
    parser.add_argument("--batch-size", type=int, help="instead of the recipe's")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--steps", type=int, help="of an epoch, at most; all where left out")
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


def read_recipe(options):
    """The network, the batch size, the optimizer and the label smoothing."""
    if options.network:
        return REFERENCES[options.network], options.batch_size or 128, ADAM, 0.0
    recipe = json.loads(options.recipe.read_text())
    training = recipe["training"]
    batch_size = options.batch_size or training["batch_size"]
    return recipe["model"], batch_size, training["optimizer"], training.get("label_smoothing", 0.0)


def filtered(layer, channels, kernel, padding):
    """A convolution and its batch-norm."""
    steps = [nn.Conv2d(channels, layer["channels"], kernel, padding=padding)]
    if layer.get("batch_norm", False):
        steps.append(nn.BatchNorm2d(layer["channels"]))
    return steps


class Residual(nn.Module):
    """Two convolutions and the sum with the block's input."""

    def __init__(self, layer, channels):
        super().__init__()
        kernel, activation = layer["kernel"], ACTIVATIONS[layer["activation"]]
        first = filtered(layer, channels, kernel, "same")
        second = filtered(layer, layer["channels"], kernel, "same")
        self.inner = nn.Sequential(*first, activation(), *second)
        changes = channels != layer["channels"]
        self.shortcut = nn.Sequential(*(filtered(layer, channels, 1, 0) if changes else []))
        self.activation = activation()

    def forward(self, images):
        return self.activation(self.inner(images) + self.shortcut(images))


def convolutional(layer, channels):
    """The steps of one convolutional layer or residual block."""
    if layer.get("kind", "convolution") == "residual":
        steps = [Residual(layer, channels)]
    else:
        padding = "same" if layer.get("padding", "valid") == "same" else 0
        steps = filtered(layer, channels, layer.get("kernel", 3), padding)
        steps.append(ACTIVATIONS[layer.get("activation", "relu")]())
    pool = layer.get("pool", "none")
    if pool == "global-average":
        steps.append(nn.AdaptiveAvgPool2d(1))
    elif pool != "none":
        steps.append(POOLS[pool](layer.get("pool_size", 2)))
    if layer.get("dropout", 0.0) > 0:
        steps.append(nn.Dropout(layer["dropout"]))
    return steps


def build(model):
    """The network of a recipe's `[model]`."""
    steps, channels = [], 1
    for layer in model.get("convolutions") or []:
        steps += convolutional(layer, channels)
        channels = layer["channels"]
    steps.append(nn.Flatten())
    with torch.no_grad():
        width = nn.Sequential(*steps)(torch.zeros(2, 1, 28, 28)).shape[1]
    hidden = model.get("hidden") or model.get("dense") or []
    for index, next_width in enumerate(hidden):
        steps += [nn.Linear(width, next_width), ACTIVATIONS[model.get("activation", "relu")]()]
        is_last = index + 1 == len(hidden)
        if model.get("dropout", 0.0) > 0 and (is_last or model.get("dropout_on", "all") == "all"):
            steps.append(nn.Dropout(model["dropout"]))
        width = next_width
    return nn.Sequential(*steps, nn.Linear(width, 10))


def build_optimizer(config, network):
    kind, rate = config["kind"], config["learning_rate"]
    decay = config.get("weight_decay", 0.0)
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    groups = [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    if kind in ("adam", "adamw"):
        betas = (config.get("beta_1", 0.9), config.get("beta_2", 0.999))
        adam = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        return adam(groups, rate, betas, config.get("epsilon", 1e-8), fused=True)
    if kind == "sgd":
        momentum, nesterov = config.get("momentum", 0.0), config.get("nesterov", False)
        return torch.optim.SGD(groups, rate, momentum, nesterov=nesterov, fused=True)
    alpha, epsilon = config.get("alpha", 0.99), config.get("epsilon", 1e-8)
    return torch.optim.RMSprop(groups, rate, alpha, epsilon, momentum=config.get("momentum", 0.0))


def seconds_of_epochs(options, batch_size, step, images, labels):
    """Seconds of each epoch, whole batches alone, and images of one."""
    for _ in range(WARM_UP_STEPS):
        step(images[:batch_size], labels[:batch_size])
    seconds = []
    for _ in range(options.epochs):
        order = torch.randperm(len(images))
        batches = order[: len(order) // batch_size * batch_size].split(batch_size)[: options.steps]
        start = time.perf_counter()
        for chosen in batches:
            step(images[chosen], labels[chosen])
        seconds.append(time.perf_counter() - start)
    return seconds, len(batches) * batch_size


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    model, batch_size, optimizer_config, label_smoothing = read_recipe(options)
    network = build(model)
    if options.layout == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    optimizer = build_optimizer(optimizer_config, network)

    def step(images, labels):
        optimizer.zero_grad(set_to_none=True)
        logits = network(images)
        nn.functional.cross_entropy(logits, labels, label_smoothing=label_smoothing).backward()
        optimizer.step()

    # Both before training: PyTorch was seen to train more slowly where the test set is read after it.
    train, (images, labels) = (read_split(options, prefix) for prefix in ("train", "t10k"))
    seconds, num_images = seconds_of_epochs(options, batch_size, step, *train)
    passes = []
    network.eval()
    with torch.inference_mode():
        for _ in range(PASSES_OF_INFERENCE + 1):
            start = time.perf_counter()
            logits = torch.cat([network(batch) for batch in images.split(batch_size)])
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

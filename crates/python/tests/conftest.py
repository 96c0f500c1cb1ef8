"""A small model, trained once on drawn digits, and pictures to read."""

from pathlib import Path

import numpy as np
import pytest

import digits


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The run folder of a network that has learned a little."""
    return digits.train("smoke", out=tmp_path_factory.mktemp("runs") / "smoke", steps=150, seed=3)


@pytest.fixture(scope="session")
def other_run(tmp_path_factory):
    """Another network on the same digits."""
    return digits.train("smoke", out=tmp_path_factory.mktemp("runs") / "other", seed=4)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Drawn digits that no network has seen: uint8 [N, 28, 28] and their labels."""
    folder = tmp_path_factory.mktemp("drawn") / "set"
    from digits.__main__ import main

    code = main(["train", "write", "--dataset", "synthetic", "--count", "600", "--format", "idx", "--out", str(folder)])
    assert code == 0
    images = np.fromfile(Path(folder, "train-images-idx3-ubyte"), np.uint8)[16:].reshape(-1, 28, 28)
    labels = np.fromfile(Path(folder, "train-labels-idx1-ubyte"), np.uint8)[8:]
    return images, labels.astype(np.int64)


@pytest.fixture(scope="session")
def classifier(run):
    return digits.Classifier(run)


@pytest.fixture
def picture(drawn):
    """A digit as it may be on paper: large, dark on light, off the middle."""
    image = np.full((200, 160), 230, np.uint8)
    ink = np.kron(drawn[0][0], np.ones((4, 4), np.uint8))
    image[40:152, 30:142] -= (ink * 0.8).astype(np.uint8)
    return image

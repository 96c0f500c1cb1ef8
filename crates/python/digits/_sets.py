"""Known data sets as arrays."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._digits import load_set
from ._inputs import SIDE


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """A data set: images are uint8 [N, 28, 28], 0 for paper and 255 for ink, labels int64 [N]."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ImageSet({len(self.train_labels)} training images, {len(self.test_labels)} test images)"


def load_mnist(
    folder: str | os.PathLike[str] | None = None, *, dataset: str = "mnist", offline: bool = False
) -> ImageSet:
    """Loads MNIST, or `fashion-mnist`, `kmnist`, `emnist-digits`, `emnist-letters` or `emnist-balanced`.

    Its files are looked for in `folder`; in the folder that the environment variable MNIST_DIR names; in the cache;
    and are downloaded, unless `offline`. Their sums are checked. Raises `SetError` where they are not to be had.
    """
    train, test, names = load_set(dataset, None if folder is None else os.fspath(folder), offline)
    return ImageSet(*_part(train), *_part(test), tuple(names))


def _part(part: tuple[Any, Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pixels, labels = part
    images = np.frombuffer(pixels, np.uint8).reshape(-1, SIDE, SIDE)
    return images, np.frombuffer(labels, np.uint8).astype(np.int64)

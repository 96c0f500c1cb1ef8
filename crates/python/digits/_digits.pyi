"""The module in Rust; no interface for users."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

class ModelError(OSError):
    """A saved model is not there, damaged, or does not go together with another."""

class InputError(ValueError):
    """An image or a picture cannot be used."""

class SetError(OSError):
    """A data set is not there or damaged."""

class DeviceError(ValueError):
    """A device is not there, or not to be used here."""

class RecipeError(ValueError):
    """A recipe, or what is put over it, is wrong."""

class TrainingError(RuntimeError):
    """A training diverged or could not go on."""

class Engine:
    """Saved networks on an open device."""

    def __new__(cls, folders: Sequence[str], device: str, batch_size: int, views: int | None) -> Engine: ...
    @property
    def class_names(self) -> list[str]: ...
    @property
    def device_name(self) -> str: ...
    @property
    def warnings(self) -> list[str]: ...
    def manifests(self) -> list[str]: ...
    def classify(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        probabilities: NDArray[np.float32] | NDArray[np.float64],
        answers_blank: bool,
    ) -> None:
        """Answers images [N, 28, 28] into labels [N] and probabilities [N, C]."""

    def classify_arrow(self, images: Any) -> tuple[bytearray, bytearray]:
        """Labels, int64 [N], and probabilities, float32 [N, C], as bytes."""

    def evaluate(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> str: ...
    def classify_pictures(
        self, sources: Sequence[tuple[Path, bytes | None]], skips: bool
    ) -> list[tuple[str, int, list[float], str | None]]: ...
    def read_strings(
        self, sources: Sequence[tuple[Path, bytes | None]], skips: bool, length: int | None
    ) -> list[tuple[str, list[tuple[int, int, float, tuple[int, int, int, int]]], list[str], bool, str | None]]: ...
    def prepare(self, sources: Sequence[tuple[Path, bytes | None]]) -> list[tuple[str, bytes | None]]: ...

def answers_to_array(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    notes: Sequence[tuple[int, str]],
    names: Sequence[str] | None,
) -> tuple[object, object]: ...
def answers_to_stream(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    notes: Sequence[tuple[int, str]],
    names: Sequence[str] | None,
) -> object: ...
def train(arguments: Sequence[str], callback: Callable[[str], Any] | None) -> str | PathLike[str]: ...
def load_set(
    name: str, folder: str | None, offline: bool
) -> tuple[tuple[bytearray, bytearray], tuple[bytearray, bytearray], list[str]]: ...
def run_program(program: str, arguments: Sequence[str]) -> tuple[int, list[Path]]: ...
def version() -> str: ...

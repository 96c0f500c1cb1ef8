"""What comes of predictions: plain data, NumPy arrays in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._digits import answers_to_array, answers_to_stream

NO_LABEL = -1
"""Stands for the label of an image that gets none."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What N images were read as.

    `labels` is int64 [N]: the most probable class, or -1 where there is no answer.
    `probabilities` is float32 [N, C], at the model's temperature; a row of zeros where there is no answer.
    `notes` says why, by the image's place: "no ink", "several digits", or why a picture cannot be used.
    `names` is what each picture is called, of files `PATH` or `PATH#INDEX`; None for arrays.
    `class_names` are the names of the C classes.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    class_names: tuple[str, ...]
    notes: dict[int, str] = field(default_factory=dict)
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """float32 [N]: the probability of each label, 0 where there is none."""
        if not len(self):
            return np.zeros(0, np.float32)
        highest: NDArray[np.float32] = self.probabilities.max(axis=1)
        return highest

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """An Arrow table of a row for each image: `name` (where images have one), `label` and its `probability` (null
        where there is none), `probabilities` (a list of C) and `note`. For `pyarrow.record_batch(prediction)`."""
        return answers_to_array(self.labels, self.probabilities, list(self.notes.items()), self.names)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The same as a stream of one table: `pyarrow.table(prediction)`, `polars.DataFrame(prediction)`."""
        return answers_to_stream(self.labels, self.probabilities, list(self.notes.items()), self.names)

    def __repr__(self) -> str:
        shown = np.array2string(self.labels, threshold=10)
        notes = f", {len(self.notes)} notes" if self.notes else ""
        return f"Prediction({len(self)} images, labels={shown}{notes})"

    @staticmethod
    def of_rows(rows: list[tuple[str, int, list[float], str | None]], names: list[str]) -> Prediction:
        """From one row a picture: its name, label, probabilities and note."""
        prediction = empty(len(rows), names)
        notes: dict[int, str] = {}
        called: list[str] = []
        for place, (name, label, probabilities, note) in enumerate(rows):
            prediction.labels[place] = label
            if probabilities:
                prediction.probabilities[place] = probabilities
            if note == "cannot be used":
                # The message names the picture.
                notes[place] = name
            elif note is not None:
                notes[place] = note
            called.append(name)
        return Prediction(prediction.labels, prediction.probabilities, prediction.class_names, notes, tuple(called))


def empty(num_images: int, class_names: list[str], *, to_be_filled: bool = False) -> Prediction:
    """No answers yet, or arrays that are going to be filled altogether."""
    make: Any = np.empty if to_be_filled else np.zeros
    labels = make(num_images, np.int64)
    return Prediction(labels, make((num_images, len(class_names)), np.float32), tuple(class_names))


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit of a picture of many: its class, the probability of that, its line from 0, and its place in pixels."""

    label: int
    probability: float
    line: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture of many digits reads as.

    `lines` has the text of each line from top to bottom, digits and the signs (`.`, `,`, `-`, `/`, `?`) beside them,
    `text` all of them with spaces between; both are empty where there is no ink.
    `is_crowded` says that there was too much on it to cut all of it apart, `note` what else is to be known of it, as
    `infer predict` notes it; `None` where there is nothing.
    """

    name: str
    digits: tuple[Digit, ...]
    lines: tuple[str, ...]
    is_crowded: bool
    note: str | None = None

    @property
    def text(self) -> str:
        """All lines, with a space between two."""
        return " ".join(self.lines)

    @property
    def confidence(self) -> float:
        """The probability of the least sure digit; 0 where there is none."""
        return min((digit.probability for digit in self.digits), default=0.0)

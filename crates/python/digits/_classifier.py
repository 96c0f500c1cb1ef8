"""`Classifier`: saved networks that answer."""

from __future__ import annotations

import glob
import json
import os
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ._digits import Engine, InputError
from ._inputs import SIDE, as_images, as_sources, hands_out_arrow
from ._results import NO_LABEL, Digit, Prediction, Reading, empty

_RUNS = "artifacts"
OnError = Literal["raise", "skip"]


class Classifier:
    """Networks that `digits.train` or `digits train` saved.

    `runs` is a run folder, its name below `artifacts`, a pattern, or several of these: then the networks answer
    together, by the mean of their logits. `views` is the number of angles at which each image is read, 1, 3 or 5; as
    the recipe says where it is left out.

    Nothing is loaded before the first answer. A classifier may be used by several threads at once, is pickled as its
    paths and settings, and may be made before processes are forked: each loads, or starts threads, for itself.
    """

    def __init__(
        self,
        runs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        device: str = "auto",
        batch_size: int = 1000,
        views: int | None = None,
    ) -> None:
        if batch_size < 1 or batch_size > 100_000:
            raise InputError(f"batch_size: expected 1 to 100000, found {batch_size}")
        given = [runs] if isinstance(runs, (str, os.PathLike)) else list(runs)
        self._runs = tuple(run for name in given for run in _found(os.fspath(name)))
        self._device = device
        self._batch_size = batch_size
        if views not in (None, 1, 3, 5):
            raise InputError(f"views: expected 1, 3 or 5, found {views}")
        self._views = views
        self._prepare()

    def _prepare(self) -> None:
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        # A thread of the parent's may have the lock while a process is forked, and is not there to let it go.
        self._process = os.getpid()

    @property
    def runs(self) -> tuple[str, ...]:
        """The run folders."""
        return self._runs

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, in the order of the labels."""
        return self.load().class_names

    @property
    def device(self) -> str:
        """What the device is called."""
        return self.load().device_name

    @property
    def manifests(self) -> list[dict[str, Any]]:
        """All that was saved beside the weights of each network: its layers, its data, its figures."""
        return [json.loads(text) for text in self.load().manifests()]

    def load(self) -> Engine:
        """Loads the networks, where they are not yet."""
        if self._process != os.getpid():
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:
            if self._engine is None:
                self._engine = Engine(list(self._runs), self._device, self._batch_size, self._views)
                for warning in self._engine.warnings:
                    warnings.warn(warning, stacklevel=3)
            return self._engine

    def predict(self, images: Any, *, on_error: OnError = "raise") -> Prediction:
        """Reads each image as one digit.

        `images` is an array in MNIST's form, uint8 [N, 28, 28] (or [28, 28], [N, 784]), 0 for paper and 255 for ink,
        whose memory is read where it lies; or an Arrow array or table of such images, by `__arrow_c_stream__` or
        `__arrow_c_array__` (a column of FixedSizeList of 784 uint8, or of Binary of 784 bytes; of several columns the
        one called `image`, `img` or `pixels`), which is read where it lies, too; or a picture of any size and origin,
        or several of them: paths (a file of many images and a folder stand for all that is in them), bytes of picture
        files, PIL images, and uint8 arrays [height, width], [height, width, 3] or [height, width, 4].

        `on_error="skip"` gives a picture that cannot be used a note instead of raising `InputError`.
        """
        if hands_out_arrow(images):
            return self._of_arrow(images)
        array = as_images(images)
        return self.predict_pictures(images, on_error=on_error) if array is None else self._of_images(array)

    def _of_images(self, images: NDArray[np.uint8], *, answers_blank: bool = False) -> Prediction:
        engine = self.load()
        prediction = empty(len(images), engine.class_names, to_be_filled=True)
        engine.classify(images, prediction.labels, prediction.probabilities, answers_blank)
        return _noted(prediction)

    def _of_arrow(self, images: Any) -> Prediction:
        engine = self.load()
        labels, probabilities = engine.classify_arrow(images)
        names = tuple(engine.class_names)
        rows = np.frombuffer(probabilities, np.float32).reshape(-1, len(names))
        return _noted(Prediction(np.frombuffer(labels, np.int64), rows, names))

    def predict_pictures(self, pictures: Any, *, on_error: OnError = "raise") -> Prediction:
        """As `predict`, with arrays of 28×28 pixels taken for pictures too, which are brought to MNIST's form."""
        engine = self.load()
        rows = engine.classify_pictures(as_sources(pictures), _skips(on_error))
        return Prediction.of_rows(rows, engine.class_names)

    def predict_strings(
        self, pictures: Any, *, length: int | None = None, on_error: OnError = "raise"
    ) -> list[Reading]:
        """Reads pictures of many digits, such as numbers and forms: one `Reading` each.

        `length` is how many digits each of them has, from 1 to 255, where that is known: what else there is is left out.
        A picture on which so many cannot be read, or fewer are far likelier, is read as if it were not known, and `note`
        says so.
        `pictures` is what `predict` takes for pictures. With `on_error="skip"`, one that cannot be used is a reading
        without digits, whose name says why.
        """
        if length is not None and not 1 <= length <= 255:
            raise InputError(f"expected a length of 1 to 255 digits, found {length}")
        rows = self.load().read_strings(as_sources(pictures), _skips(on_error), length)
        return [
            Reading(
                name,
                tuple(Digit(label, probability, line, *place) for line, label, probability, place in found),
                tuple(lines),
                is_crowded,
                note,
            )
            for name, found, lines, is_crowded, note in rows
        ]

    def evaluate(self, images: Any, labels: Any) -> dict[str, Any]:
        """Figures on images in MNIST's form and their labels, integers [N].

        Keys are those of `infer evaluate --format json`: `accuracy`, `loss`, `num_images`, `num_correct`,
        `expected_calibration_error`, `confusion` (a row a truth, a column a prediction), `classes`, and more.
        """
        array = as_images(images)
        if array is None:
            raise InputError("expected images of shape [N, 28, 28]; `prepare` makes one of a picture")
        truths = np.asarray(labels)
        if truths.shape != (len(array),):
            raise InputError(f"expected a label for each of {len(array)} images, found shape {list(truths.shape)}")
        if truths.size and truths.dtype.kind not in "iu":
            raise InputError(f"expected labels that are integers, found {truths.dtype}")
        num_classes = len(self.load().class_names)
        if truths.size and (truths.min() < 0 or truths.max() >= num_classes):
            wrong = truths[(truths < 0) | (truths >= num_classes)][0]
            raise InputError(f"expected labels of 0 to {num_classes - 1}, found {wrong}")
        figures: dict[str, Any] = json.loads(self.load().evaluate(array, truths.astype(np.uint8)))
        return figures

    def prepare(self, picture: Any) -> NDArray[np.uint8]:
        """uint8 [28, 28]: what the network sees of a picture of one digit; all zeros where it shows no ink."""
        found = self.load().prepare(as_sources(picture))
        if len(found) != 1:
            raise InputError(f"expected one picture, found {len(found)}")
        pixels = found[0][1]
        if pixels is None:
            return np.zeros((SIDE, SIDE), np.uint8)
        return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE).copy()

    def __getstate__(self) -> dict[str, Any]:
        return {"runs": self._runs, "device": self._device, "batch_size": self._batch_size, "views": self._views}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._runs, self._device = tuple(state["runs"]), state["device"]
        self._batch_size, self._views = state["batch_size"], state["views"]
        self._prepare()

    def __repr__(self) -> str:
        return f"Classifier({', '.join(map(repr, self._runs))}, device={self._device!r})"


def _noted(prediction: Prediction) -> Prediction:
    """With a note where an image of one colour got no label."""
    blank = np.flatnonzero(prediction.labels == NO_LABEL)
    prediction.notes.update((int(place), "no ink") for place in blank)
    return prediction


def _skips(on_error: str) -> bool:
    if on_error not in ("raise", "skip"):
        raise InputError(f'on_error: expected "raise" or "skip", found {on_error!r}')
    return on_error == "skip"


def _found(run: str) -> list[str]:
    """The run folders that a name stands for, as full paths: a process may change its folder before it loads them.
    One that is not there is named when it is loaded."""
    for name in (run, str(Path(_RUNS, run))):
        if os.path.isdir(name):
            return [os.path.abspath(name)]
        matched = sorted(glob.glob(name))
        if matched:
            return [os.path.abspath(path) for path in matched]
    return [os.path.abspath(run)]

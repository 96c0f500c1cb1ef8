"""An estimator of scikit-learn. Needs scikit-learn: `pip install digits[sklearn]`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._classifier import Classifier
from ._inputs import SIDE
from ._training import train

_PIXELS = SIDE * SIDE
_MAX_CLASSES = 256
_MODEL = "model"


class DigitsClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network on 28×28 images, for scikit-learn's pipelines, searches and cross-validation.

    Parameters
    ----------
    recipe : what `digits.train` takes; "fast" by default.
    epochs, steps : how long it trains, instead of the recipe's.
    validation : share of the training images that the weights are chosen by.
    overrides : further options of `digits.train`, such as {"lr": 0.002, "model__dropout": 0.1}.
    device : where it computes.
    random_state : seed; None draws one.

    Attributes
    ----------
    classes_ : [C], the labels, 256 at most.
    n_features_in_ : 784.

    X is [N, 784] or [N, 28, 28] of 0 (paper) to 255 (ink). A fitted estimator holds its weights: it can be pickled, and
    needs no run folder.
    """

    def __init__(
        self,
        recipe: str = "fast",
        *,
        epochs: int | None = None,
        steps: int | None = None,
        validation: float = 0.1,
        overrides: dict[str, Any] | None = None,
        device: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.recipe = recipe
        self.epochs = epochs
        self.steps = steps
        self.validation = validation
        self.overrides = overrides
        self.device = device
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> DigitsClassifier:
        """Trains on X, [N, 784] or [N, 28, 28], and y, [N] of 2 to 256 different labels."""
        rows: NDArray[Any]
        rows, y = validate_data(self, _flat(X), y, dtype="numeric")
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if not 2 <= len(self.classes_) <= _MAX_CLASSES:
            classes = "class" if len(self.classes_) == 1 else "classes"
            raise ValueError(f"expected 2 to {_MAX_CLASSES} classes, found {len(self.classes_)} {classes}")
        if not 0 <= self.validation < 1:
            raise ValueError(f"validation: expected a share of 0 to 1, found {self.validation}")
        images = self._images(rows)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with tempfile.TemporaryDirectory(prefix="digits-") as folder:
            data = Path(folder, "images.npz")
            np.savez(data, x_train=images, y_train=labels.astype(np.uint8))
            options = {
                "data": data,
                "data__test": "none",
                "data__orientation": "upright",
                "data__validation": int(self.validation * len(images)),
                "out": Path(folder, "run"),
                "seed": seed,
                "device": self.device,
                **({} if self.epochs is None else {"epochs": self.epochs}),
                **({} if self.steps is None else {"steps": self.steps}),
                **(self.overrides or {}),
            }
            run = train(self.recipe, **options)
            self.model_ = {file.name: file.read_bytes() for file in Path(run, _MODEL).iterdir()}
        self._classifier = self._load()
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """[N], the most probable label of each image."""
        most_probable = self.predict_proba(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[most_probable]
        return labels

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """float64 [N, C]: probabilities of the labels, in the order of `classes_`."""
        check_is_fitted(self)
        rows: NDArray[Any] = validate_data(self, _flat(X), dtype="numeric", reset=False)
        answers = self._loaded()._of_images(self._images(rows), answers_blank=True)
        # Classes that it never saw are left out.
        known = answers.probabilities[:, : len(self.classes_)].astype(np.float64)
        probabilities: NDArray[np.float64] = known / known.sum(axis=1, keepdims=True)
        return probabilities

    def _images(self, X: NDArray[Any]) -> NDArray[np.uint8]:
        """uint8 [N, 28, 28] of checked features."""
        if X.shape[1] != _PIXELS:
            raise ValueError(f"expected {_PIXELS} features, the pixels of 28×28 images, found {X.shape[1]}")
        if X.dtype != np.uint8:
            if X.size and (X.min() < 0 or X.max() > 255):
                raise ValueError(f"expected pixels of 0 to 255, found {X.min()} to {X.max()}")
            X = np.rint(X).astype(np.uint8)
        return X.reshape(-1, SIDE, SIDE)

    def _loaded(self) -> Classifier:
        if not hasattr(self, "_classifier"):
            # It was pickled.
            self._classifier = self._load()
        return self._classifier

    def _load(self) -> Classifier:
        with tempfile.TemporaryDirectory(prefix="digits-") as folder:
            model = Path(folder, _MODEL)
            model.mkdir()
            for name, content in self.model_.items():
                (model / name).write_bytes(content)
            classifier = Classifier(folder, device=self.device)
            # Then its files are not needed any more.
            classifier.load()
        return classifier

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_classifier"}


def _flat(X: Any) -> Any:
    """Images as rows of pixels."""
    shape = getattr(X, "shape", ())
    return X.reshape(-1, _PIXELS) if len(shape) == 3 and tuple(shape[1:]) == (SIDE, SIDE) else X

"""Trains networks on handwritten digits and reads them, in Rust.

    >>> import digits
    >>> run = digits.train("cnn", epochs=2)
    >>> classifier = digits.Classifier(run)
    >>> classifier.predict(["seven.png", "three.jpg"]).labels
    array([7, 3])

`Classifier` answers, `train` trains, `resume` goes on with a run, `load_mnist` loads data, and
`digits.sklearn.DigitsClassifier` is an estimator of scikit-learn. `digits.engines.BatchClassifier` answers on Ray,
Spark, Dask and DataFusion, `python -m digits.sweep` searches recipes, and `digits.mlflow.log_run` hands runs to
MLflow. `digits train` and `digits infer` on the command line are the programs.
"""

from ._classifier import Classifier
from ._digits import (
    DeviceError,
    InputError,
    ModelError,
    RecipeError,
    SetError,
    TrainingError,
)
from ._digits import (
    version as _version,
)
from ._results import Digit, Prediction, Reading
from ._sets import ImageSet, load_mnist
from ._training import Evaluation, resume, train

__version__: str = _version().split()[0]

__all__ = [
    "Classifier",
    "DeviceError",
    "Digit",
    "Evaluation",
    "ImageSet",
    "InputError",
    "ModelError",
    "Prediction",
    "Reading",
    "RecipeError",
    "SetError",
    "TrainingError",
    "load_mnist",
    "resume",
    "train",
]

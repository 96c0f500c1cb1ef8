"""The estimator, by scikit-learn's own checks and on digits."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", "1.6")

from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

from digits.sklearn import DigitsClassifier  # noqa: E402


class OfAnyFeatures(DigitsClassifier):
    """Draws features as bars, for checks that have a few of any range and not 784 pixels."""

    def _images(self, X):
        if not hasattr(self, "classes_") or X.shape[1] != self.n_features_in_:
            raise AssertionError("features are checked before")
        scaled = 255 / (1 + np.exp(-np.asarray(X, float)[:, :28]))
        bars = np.repeat(scaled.astype(np.uint8), 28 // scaled.shape[1], axis=1)
        rows = np.zeros((len(X), 28), np.uint8)
        rows[:, : bars.shape[1]] = bars
        return np.repeat(rows[:, None], 28, axis=1)


EXCEPTIONS = {
    "check_methods_subset_invariance": "sums are of 32-bit floats, whose last bits depend on how many images go "
    "through the network together: probabilities are the same within 1e-6, and not the 1e-7 that is asked for",
}


@parametrize_with_checks(
    [OfAnyFeatures("fast", steps=100, validation=0.0, random_state=0)],
    expected_failed_checks=lambda _: EXCEPTIONS,
)
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_probabilities_of_a_part_are_those_of_all(drawn):
    images, labels = drawn
    fitted = estimator().fit(images[:300], labels[:300])
    whole = fitted.predict_proba(images)
    parts = [fitted.predict_proba(images[start : start + 50]) for start in range(0, 600, 50)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=2e-6)


def estimator(**options):
    return DigitsClassifier("fast", steps=60, random_state=1, **options)


def test_it_learns_from_rows_and_images_alike(drawn):
    images, labels = drawn
    fitted = estimator().fit(images[:500], labels[:500])
    check_is_fitted(fitted)
    assert fitted.n_features_in_ == 784 and fitted.classes_.tolist() == list(range(10))
    assert fitted.score(images[500:], labels[500:]) > 0.7
    probabilities = fitted.predict_proba(images[500:].reshape(-1, 784).astype(float))
    assert probabilities.shape == (100, 10) and probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    again = estimator().fit(images[:500].reshape(500, 784), labels[:500])
    np.testing.assert_array_equal(again.predict_proba(images[500:]), probabilities)
    stored = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(stored.predict_proba(images[500:]), probabilities)


def test_labels_may_be_names_and_fewer_than_ten(drawn):
    images, labels = drawn
    few = labels < 3
    names = np.array(["none", "one", "two"])[labels[few]]
    fitted = estimator().fit(images[few], names)
    assert fitted.classes_.tolist() == ["none", "one", "two"]
    assert (fitted.predict(images[few]) == names).mean() > 0.9
    assert fitted.predict_proba(images[few]).shape[1] == 3


def test_there_may_be_more_classes_than_ten(drawn):
    images, labels = drawn
    # The upper half of the ink tells which digits are doubled.
    upper = images[:, :14].sum(axis=(1, 2)) > images[:, 14:].sum(axis=(1, 2))
    doubled = labels + 10 * upper
    fitted = estimator().fit(images, doubled)
    assert fitted.classes_.tolist() == sorted(set(doubled.tolist())) and len(fitted.classes_) > 10
    assert fitted.predict_proba(images[:5]).shape == (5, len(fitted.classes_))
    assert (fitted.predict(images) == doubled).mean() > 0.7


def test_it_can_be_searched_and_validated(drawn):
    images, labels = drawn
    rows = images[:200].reshape(200, 784)
    assert len(cross_val_score(estimator(), rows, labels[:200], cv=2)) == 2
    search = GridSearchCV(estimator(), {"overrides": [{"lr": 1e-3}, {"lr": 1e-7}]}, cv=2)
    assert search.fit(rows, labels[:200]).best_params_ == {"overrides": {"lr": 1e-3}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda X, y: (X[:, :700], y), "expected 784 features"),
        (lambda X, y: (X.astype(float) - 1, y), "expected pixels of 0 to 255, found -1"),
        (lambda X, y: (X, np.zeros(len(y), int)), "found 1 class"),
        (lambda X, y: (np.repeat(X, 2, axis=0), np.arange(2 * len(y))), "found 400 classes"),
    ],
)
def test_what_is_wrong_is_said(drawn, change, said):
    rows, labels = change(drawn[0][:200].reshape(200, 784), drawn[1][:200])
    with pytest.raises(ValueError, match=said):
        estimator().fit(rows, labels)

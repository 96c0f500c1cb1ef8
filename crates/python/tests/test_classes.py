"""Networks of other classes than ten digits."""

import numpy as np
import pytest

import digits
from digits.__main__ import main

NAMES = {"0": "cat", "1": "dog", "7": "owl"}


@pytest.fixture(scope="module")
def animals(tmp_path_factory):
    """The run folder of a network of three classes that have names, and the folders of its pictures."""
    folder = tmp_path_factory.mktemp("animals")
    write = ["train", "write", "--dataset", "synthetic", "--count", "400", "--format", "png", "--out", str(folder / "all")]
    assert main(write) == 0
    for name, called in NAMES.items():
        (folder / "all" / "train" / name).rename(folder / called)
    pictures = folder / "set"
    pictures.mkdir()
    for called in NAMES.values():
        (folder / called).rename(pictures / called)
    run = digits.train("smoke", data=pictures, data__validation=10, out=folder / "run", steps=150, seed=3)
    return run, pictures


def test_classes_have_their_names(animals):
    run, pictures = animals
    classifier = digits.Classifier(run)
    assert classifier.class_names == ["cat", "dog", "owl"]
    found = classifier.predict(pictures)
    truths = np.array([classifier.class_names.index(name.split("/")[-2]) for name in found.names])
    assert found.probabilities.shape == (len(truths), 3) and (found.labels == truths).mean() > 0.9
    images = np.stack([classifier.prepare(path) for path in sorted(pictures.glob("*/*.png"))])
    labels = np.array([classifier.class_names.index(path.parent.name) for path in sorted(pictures.glob("*/*.png"))])
    figures = classifier.evaluate(images, labels)
    assert len(figures["confusion"]) == 3 and figures["accuracy"] > 0.9
    assert [found["name"] for found in figures["classes"]] == ["cat", "dog", "owl"]
    with pytest.raises(digits.InputError, match="expected labels of 0 to 2, found 3"):
        classifier.evaluate(images[:1], np.array([3]))


def test_numbers_are_read_by_networks_of_digits_alone(animals):
    run, pictures = animals
    with pytest.raises(digits.InputError, match="this one tells others apart: cat, dog, owl"):
        digits.Classifier(run).predict_strings(next(pictures.glob("*/*.png")))

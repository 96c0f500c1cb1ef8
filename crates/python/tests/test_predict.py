"""Images and pictures in every form, and what comes of them."""

import io

import numpy as np
import pytest

import digits


def test_arrays_are_read_in_every_shape(classifier, drawn):
    images, labels = drawn
    prediction = classifier.predict(images)
    assert prediction.labels.dtype == np.int64 and prediction.labels.shape == (600,)
    assert prediction.probabilities.dtype == np.float32 and prediction.probabilities.shape == (600, 10)
    assert (prediction.labels == labels).mean() > 0.8
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(prediction.probabilities.argmax(axis=1), prediction.labels)
    np.testing.assert_array_equal(prediction.confidence, prediction.probabilities.max(axis=1))
    assert prediction.notes == {} and prediction.names is None
    assert prediction.class_names == tuple("0123456789")
    for same in (images.reshape(600, 784), images[..., None], np.asfortranarray(images), memoryview(images)):
        np.testing.assert_array_equal(classifier.predict(same).probabilities, prediction.probabilities)
    reversed_ = classifier.predict(images[::-1])
    np.testing.assert_array_equal(reversed_.labels, prediction.labels[::-1])
    assert classifier.predict(images[7]).labels.tolist() == [prediction.labels[7]]
    read_only = images.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(classifier.predict(read_only).labels, prediction.labels)
    assert "600 images" in repr(prediction)


def test_no_images_are_no_answers(classifier):
    for nothing in (np.zeros((0, 28, 28), np.uint8), np.array([])):
        prediction = classifier.predict(nothing)
        assert len(prediction) == 0 and prediction.probabilities.shape == (0, 10)
        assert prediction.confidence.shape == (0,)
    assert len(classifier.predict([])) == 0


def test_more_images_than_a_part_come_in_order(run, drawn):
    images, _ = drawn
    turned = digits.Classifier(run, views=3).predict(images)
    assert (turned.probabilities != digits.Classifier(run).predict(images).probabilities).any()
    small = digits.Classifier(run, batch_size=7)
    whole = digits.Classifier(run).predict(images)
    np.testing.assert_array_equal(small.predict(images).labels, whole.labels)
    np.testing.assert_allclose(small.predict(images).probabilities, whole.probabilities, atol=1e-5)


def test_images_of_one_colour_have_no_label(classifier, drawn):
    images = drawn[0][:3].copy()
    images[1] = 0
    prediction = classifier.predict(images)
    assert prediction.labels[1] == -1 and prediction.notes == {1: "no ink"}
    assert not prediction.probabilities[1].any() and prediction.labels[0] >= 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((2, 28, 28), np.float32), "expected images of uint8.*found float32.*255 \\* images"),
        (np.zeros((2, 28, 28), bool), "found bool; 255 \\* images"),
        (np.zeros((2, 3, 4, 5), np.uint8), "expected images of shape \\[N, 28, 28\\], found \\[2, 3, 4, 5\\]"),
        ([3.5], "picture 0: expected a path, bytes, a PIL image or an array, found float"),
        ([b"no picture"], "picture 0: cannot decode the picture"),
        ([b""], "picture 0: "),
        ("/no/such/file.png", "/no/such/file.png: "),
        ([np.zeros((4, 4), np.int32)], "picture 0: expected uint8 .*found int32 \\[4, 4\\]"),
    ],
)
def test_what_cannot_be_used_is_named(classifier, wrong, said):
    with pytest.raises(digits.InputError, match=said) as raised:
        classifier.predict(wrong)
    assert isinstance(raised.value, ValueError)


def test_what_cannot_be_used_can_be_passed_over(classifier, picture):
    mixed = classifier.predict([b"torn", picture, b"torn too", np.full((50, 50), 255, np.uint8)], on_error="skip")
    assert mixed.labels[0] == mixed.labels[2] == mixed.labels[3] == -1 and mixed.labels[1] >= 0
    assert mixed.notes[0].startswith("picture 0: cannot decode") and mixed.notes[2].startswith("picture 2: ")
    assert mixed.notes[3] == "no ink" and 1 not in mixed.notes
    with pytest.raises(digits.InputError, match="on_error: expected"):
        classifier.predict([picture], on_error="ignore")


def test_pictures_in_every_form_are_one_picture(classifier, picture, tmp_path):
    image = pytest.importorskip("PIL.Image").fromarray(picture)
    path = tmp_path / "digit.png"
    image.save(path)
    colour = np.repeat(picture[..., None], 3, axis=2)
    opaque = np.dstack([colour, np.full_like(picture, 255)])
    of_file = classifier.predict(path)
    assert of_file.names == (str(path),) and of_file.labels[0] >= 0
    forms = [
        str(path),
        path.read_bytes(),
        bytearray(path.read_bytes()),
        image,
        image.convert("RGB"),
        picture,
        colour,
        opaque,
    ]
    forms.append(image.convert("CMYK").convert("RGB"))
    for form in forms:
        assert classifier.predict([form]).labels.tolist() == of_file.labels.tolist()
    exact = classifier.predict([image, picture, colour]).probabilities
    np.testing.assert_array_equal(exact, np.repeat(of_file.probabilities, 3, axis=0))
    # One alone, without a list.
    assert classifier.predict(image).labels.tolist() == of_file.labels.tolist()
    assert classifier.predict(picture).labels.tolist() == of_file.labels.tolist()
    prepared = classifier.prepare(path)
    assert prepared.shape == (28, 28) and prepared.dtype == np.uint8
    np.testing.assert_array_equal(classifier.prepare(image), prepared)
    np.testing.assert_array_equal(classifier.predict(prepared).probabilities, of_file.probabilities)
    assert not classifier.prepare(np.full((40, 40), 90, np.uint8)).any()


def test_pil_images_are_seen_as_their_camera_held_them(classifier, picture, tmp_path):
    pil = pytest.importorskip("PIL.Image")
    upright = classifier.prepare(pil.fromarray(picture))
    turned = pil.fromarray(np.rot90(picture).copy())
    exif = turned.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "TIFF", exif=exif)
    np.testing.assert_array_equal(classifier.prepare(pil.open(file)), upright)


def test_files_of_many_and_folders_stand_for_all_in_them(classifier, drawn, picture, tmp_path):
    pil = pytest.importorskip("PIL.Image")
    images, _ = drawn
    np.save(tmp_path / "images.npy", images[:50])
    of_file = classifier.predict(tmp_path / "images.npy")
    np.testing.assert_array_equal(of_file.probabilities, classifier.predict(images[:50]).probabilities)
    assert of_file.names[3] == f"{tmp_path / 'images.npy'}#3"
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.png", "a.png"):
        pil.fromarray(picture).save(folder / name)
    assert classifier.predict(folder).names == (str(folder / "a.png"), str(folder / "b.png"))


def test_strings_of_digits_are_read(classifier, drawn):
    images, labels = drawn
    page = np.full((90, 400), 255, np.uint8)
    for place in range(4):
        page[30:58, 40 + 90 * place : 68 + 90 * place] -= images[place]
    [reading] = classifier.predict_strings(page)
    assert len(reading.digits) == 4 and not reading.is_crowded and len(reading.text) == 4
    right = sum(digit.label == label for digit, label in zip(reading.digits, labels[:4], strict=True))
    assert right >= 3 and 0 < reading.confidence <= 1
    lefts = [digit.left for digit in reading.digits]
    assert lefts == sorted(lefts) and reading.digits[0].top >= 28 and reading.lines == (reading.text,)
    # A point at the foot of the line.
    page[52:56, 122:126] = 0
    [reading] = classifier.predict_strings(page)
    assert reading.text[1:2] == "." and len(reading.digits) == 4
    [reading] = classifier.predict_strings(page, length=4)
    assert len(reading.text) == 4 == len(reading.digits) and reading.note is None
    assert classifier.predict_strings(page, length=3)[0].note == "another number of digits"
    with pytest.raises(digits.InputError, match="1 to 255"):
        classifier.predict_strings(page, length=256)
    blank, torn = classifier.predict_strings([np.full((60, 60), 9, np.uint8), b"torn"], on_error="skip")
    assert blank.text == "" == torn.text and blank.confidence == 0 and "cannot decode" in torn.name
    assert (blank.note, torn.note) == ("no ink", "cannot be used")


def test_figures_are_those_of_the_answers(classifier, drawn):
    images, labels = drawn
    figures = classifier.evaluate(images, labels)
    right = classifier.predict(images).labels == labels
    assert figures["num_images"] == 600 and figures["num_correct"] == right.sum()
    assert figures["accuracy"] == pytest.approx(right.mean())
    assert np.array(figures["confusion"]).sum() == 600
    for wrong, said in (
        (labels[:9], "a label for each of 600 images"),
        (labels + 5, "expected labels of 0 to 9, found 1"),
        (labels - 300, "expected labels of 0 to 9, found -"),
        (labels.astype(float), "expected labels that are integers, found float64"),
    ):
        with pytest.raises(digits.InputError, match=said):
            classifier.evaluate(images, wrong)


def test_several_networks_answer_together(run, other_run, drawn):
    both = digits.Classifier([run, other_run])
    images, labels = drawn
    assert len(both.runs) == 2 and len(both.manifests) == 2
    alone = [digits.Classifier(one).predict(images).probabilities for one in (run, other_run)]
    together = both.predict(images).probabilities
    assert all(np.abs(together - one).max() > 0.01 for one in alone)
    # The mean of the logits at the networks' temperatures: the product of the probabilities, normalised.
    mean = np.sqrt(alone[0].astype(float) * alone[1])
    np.testing.assert_allclose(together, mean / mean.sum(axis=1, keepdims=True), atol=1e-4)


def test_models_that_are_not_there_are_named(tmp_path, run):
    absent = digits.Classifier(tmp_path / "absent")
    with pytest.raises(digits.ModelError, match="absent.*; give a run folder") as raised:
        absent.predict(np.zeros((1, 28, 28), np.uint8))
    assert isinstance(raised.value, OSError)
    with pytest.raises(digits.ModelError, match="no model is given"):
        digits.Classifier([]).load()
    with pytest.raises(digits.DeviceError, match="unknown device `abacus`"):
        digits.Classifier(run, device="abacus").load()
    with pytest.raises(digits.InputError, match="batch_size: expected 1 to 100000, found 0"):
        digits.Classifier(run, batch_size=0)
    with pytest.raises(digits.InputError, match="views: expected 1, 3 or 5, found 2"):
        digits.Classifier(run, views=2)

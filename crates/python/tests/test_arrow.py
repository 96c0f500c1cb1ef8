"""Arrow in and out, by capsules: pyarrow is the other side here, and no package that `digits` needs."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import digits

try:
    import pyarrow as pa
except ModuleNotFoundError:
    warnings.warn("ARROW IS NOT TESTED: pyarrow is not installed (pip install pyarrow)", stacklevel=1)
    pytest.skip("pyarrow is not installed", allow_module_level=True)


def lists(images):
    """FixedSizeList<uint8>[784] over the memory of an array."""
    return pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 784)


class Capsules:
    """What has the interface and nothing else."""

    def __init__(self, of, *names):
        for name in names:
            setattr(self, name, getattr(of, name))


def forms(images):
    column = lists(images)
    binary = [image.tobytes() for image in images]
    rows = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 28), 28)
    yield "lists", column
    yield "rows of rows", rows
    yield "fixed binary", pa.array(binary, pa.binary(784))
    yield "binary", pa.array(binary, pa.binary())
    yield "large binary", pa.array(binary, pa.large_binary())
    yield "chunks", pa.chunked_array([column[:100], column[100:101], column[101:]])
    yield "a table", pa.table({"pixels": column})
    yield "a table of several columns", pa.table({"id": pa.array(range(len(images))), "image": column})
    yield "a batch", pa.record_batch({"image": column})
    yield "a stream", pa.RecordBatchReader.from_batches(
        pa.schema([("image", column.type)]), [pa.record_batch({"image": part}) for part in (column[:7], column[7:])]
    )
    yield "only an array", Capsules(column, "__arrow_c_array__")
    yield "only a stream", Capsules(pa.table({"image": column}), "__arrow_c_stream__")


def test_every_form_gives_what_the_array_gives(run, drawn):
    images, _ = drawn
    classifier = digits.Classifier(run, batch_size=50)
    expected = classifier.predict(images)
    for name, form in forms(images):
        found = classifier.predict(form)
        np.testing.assert_array_equal(found.labels, expected.labels, err_msg=name)
        np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5, err_msg=name)
        assert found.notes == {} and found.probabilities.shape == (600, 10)
    part = classifier.predict(lists(images)[100:117])
    np.testing.assert_array_equal(part.labels, expected.labels[100:117])
    assert len(classifier.predict(lists(images)[:0])) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda column: pa.table({"a": column, "b": column}), "a column `image` of 784 bytes a row, found a, b"),
        (lambda column: pa.FixedSizeListArray.from_arrays(pa.array([0.5] * 784), 784), "FixedSizeList of 784"),
        (lambda column: pa.array([b"short"]), "or as Binary of 784 bytes, found Binary"),
        (lambda column: pa.array([None, bytes(784)], pa.binary(784)), "image 0 is null"),
        (lambda column: pa.array([1, 2]), "found Int64"),
    ],
)
def test_what_is_no_image_is_refused(classifier, drawn, wrong, said):
    with pytest.raises(digits.InputError, match=said.replace("[", r"\[")):
        classifier.predict(wrong(lists(drawn[0])))


def test_answers_are_tables(classifier, drawn):
    images = drawn[0].copy()
    images[5] = 0
    prediction = classifier.predict(images)
    table = pa.table(prediction)
    assert table.column_names == ["label", "probability", "probabilities", "note"]
    assert table.equals(pa.Table.from_batches([pa.record_batch(prediction)]))
    labels = table["label"].to_pylist()
    assert labels[5] is None and table["note"].to_pylist()[5] == "no ink" and table["note"].null_count == 599
    assert table["probability"].null_count == 1
    assert [label for label in labels if label is not None] == [label for label in prediction.labels if label >= 0]
    rows = table["probabilities"].combine_chunks()
    assert rows.type == pa.list_(pa.field("item", pa.float32()), 10)
    np.testing.assert_array_equal(rows.flatten().to_numpy().reshape(-1, 10), prediction.probabilities)
    empty = pa.table(classifier.predict(images[:0]))
    assert empty.num_rows == 0 and empty.schema == table.schema
    names = pa.table(classifier.predict_pictures([images[0]]))
    assert names.column_names[0] == "name" and names["name"].to_pylist() == ["picture 0"]


MEASURE = """
import resource, sys
import numpy as np, pyarrow as pa
import digits

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

classifier = digits.Classifier(sys.argv[1], device="cpu")
images = np.random.default_rng(1).integers(0, 256, (300_000, 784), np.uint8)
column = pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 784)
assert column.flatten().buffers()[1].address == images.ctypes.data
classifier.predict(column[:10_000])
before = peak()
classifier.predict(column)
print((peak() - before) / images.nbytes)
"""


def test_pixels_are_not_copied(run):
    """The peak of memory grows by the answers, a small part of the pixels: 48 bytes an image beside 784."""
    measured = subprocess.run([sys.executable, "-c", MEASURE, run], capture_output=True, text=True, check=True)
    assert float(measured.stdout) < 0.5, measured.stdout

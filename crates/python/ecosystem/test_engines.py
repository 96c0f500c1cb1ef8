"""Ray, Spark, Dask and DataFusion give the rows of one `digits infer predict`, and a killed worker changes nothing."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import EXAMPLES, needs_java, program

import digits

pa = pytest.importorskip("pyarrow", reason="NOT TESTED: engines need pyarrow")
from digits.engines import BatchClassifier  # noqa: E402

BATCH = 200


def paths_of(folder):
    return sorted(str(path) for path in Path(folder).rglob("*.png"))


@pytest.fixture(scope="module")
def table(pictures):
    """Paths and bytes of all pictures."""
    paths = paths_of(pictures)
    return pa.table({"path": paths, "bytes": [Path(path).read_bytes() for path in paths]})


def test_tables_in_and_out(run, table, same, expected):
    classifier = BatchClassifier(run)
    rows = classifier(table)
    assert rows.schema == expected.schema.remove_metadata() == classifier.schema
    same(rows)
    same(classifier(table.select(["path"])))
    batches = table.to_batches(max_chunksize=BATCH)
    same(pa.Table.from_batches([classifier(batch) for batch in batches]))
    same(pa.Table.from_batches(list(classifier(iter(batches)))))
    same(classifier({"path": np.array(table["path"].to_pylist(), object), "bytes": table["bytes"].to_numpy()}))


def test_structs_of_the_hub_and_names_of_columns(run, table, same):
    pictures = [{"bytes": picture, "path": path} for path, picture in zip(*table.to_pydict().values(), strict=True)]
    same(BatchClassifier(run)(pa.table({"image": pictures})))
    renamed = table.rename_columns(["name", "scan"])
    same(BatchClassifier(run, path="name", image="scan")(renamed))
    with pytest.raises(digits.InputError, match="`scan` of images, found path, bytes"):
        BatchClassifier(run, image="scan")(table)
    with pytest.raises(digits.InputError, match="`path` to tell rows apart by, found name, scan"):
        BatchClassifier(run, image="scan")(renamed)


def test_images_in_mnists_form(run, tmp_path):
    """As `infer predict` reads them of a file of NumPy's, all ten ranks."""
    pq = pytest.importorskip("pyarrow.parquet")
    images = np.random.default_rng(5).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    images[7] = 0
    np.save(tmp_path / "images.npy", images)
    words = ["--model", run, "-q", "-k", "10", "--min-confidence", "0.4", "-o", tmp_path / "rows.parquet"]
    program("-m", "digits", "infer", "predict", *words, tmp_path / "images.npy")
    expected = pq.read_table(tmp_path / "rows.parquet")
    assert {"no ink", "low confidence", None} <= set(expected["note"].to_pylist())
    classifier = BatchClassifier(run, top_k=10, min_confidence=0.4)
    paths = expected["path"]
    flat = pa.FixedSizeListArray.from_arrays(images.reshape(-1), 784)
    lists = pa.array(images.reshape(len(images), 784).tolist(), pa.list_(pa.uint8()))
    nested = pa.array(images.tolist(), pa.list_(pa.list_(pa.uint8())))
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(images)
    for column in (flat, lists, nested, tensors):
        assert classifier(pa.table({"path": paths, "image": column})).equals(expected.replace_schema_metadata())
    dictionary = {"path": paths.to_numpy(), "image": images}
    assert classifier(dictionary).equals(expected.replace_schema_metadata())
    part = pa.table({"path": paths, "image": flat}).slice(100, 50)
    assert classifier(part).equals(expected.replace_schema_metadata().slice(100, 50))
    for wrong, said in [
        (pa.array((images / 255).reshape(300, 784).tolist()), "of uint8, .* found float64"),
        (pa.array([None, *lists[1:].to_pylist()], pa.list_(pa.uint8())), "found 1 nulls"),
        (pa.array([[1], *lists[1:].to_pylist()], pa.list_(pa.uint8())), "different lengths"),
    ]:
        with pytest.raises(digits.InputError, match=said):
            classifier(pa.table({"path": paths, "image": wrong}))


def test_what_cannot_be_used_is_named(run, table, pictures, caplog):
    torn = str(pictures / "torn.png")
    rows = BatchClassifier(run)(table)
    assert torn not in rows["path"].to_pylist() and torn in caplog.text
    with pytest.raises(digits.InputError, match="torn.png"):
        BatchClassifier(run, on_error="raise")(table)
    for wrong in ({"top_k": 0}, {"min_confidence": 2}, {"on_error": "never"}):
        with pytest.raises(digits.InputError):
            BatchClassifier(run, **wrong)


def test_pickles_are_small_and_networks_are_loaded_once_a_process(run, table, monkeypatch):
    classifier = BatchClassifier(run)
    classifier(table.slice(0, 2))
    stored = pickle.dumps(classifier)
    assert len(stored) < 2000
    from digits import _classifier

    monkeypatch.setattr(_classifier, "Engine", None)
    for _ in range(3):
        assert pickle.loads(stored)(table.slice(0, 2)).num_rows == 2


def test_a_network_that_takes_the_place_of_another_is_loaded(tmp_path, table):
    run = digits.train("smoke", steps=5, out=tmp_path / "run", seed=1)
    before = BatchClassifier(run)(table.slice(0, 20))
    digits.train("smoke", steps=60, out=run, seed=2, force=True)
    after = BatchClassifier(run)(table.slice(0, 20))
    assert not before["probability"].equals(after["probability"])


def test_ray(run, pictures, same, tmp_path):
    pytest.importorskip("ray", reason="NOT TESTED: Ray is not to be had")
    program(EXAMPLES / "on_ray.py", run, pictures, tmp_path / "rows")
    same(tmp_path / "rows")


RAY = """
    import sys, ray, pyarrow.parquet as pq
    from killers import Killed
    run, paths, out = sys.argv[1:]
    ray.init(num_cpus=4, include_dashboard=False)
    rows = ray.data.from_arrow(pq.read_table(paths)).repartition(20).map_batches(
        Killed, fn_constructor_args=[run], compute=ray.data.ActorPoolStrategy(size=2), batch_format="pyarrow",
        batch_size=%d)
    rows.write_parquet(out)
"""


@pytest.fixture
def paths_file(pictures, tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"path": paths_of(pictures)}), tmp_path / "paths.parquet")
    return tmp_path / "paths.parquet"


def in_a_process(text, *words):
    return program("-c", "\n".join(line.removeprefix("    ") for line in text.splitlines()), *words)


def test_ray_with_a_killed_worker(run, paths_file, same, tmp_path, killed_once):
    pytest.importorskip("ray", reason="NOT TESTED: Ray is not to be had")
    in_a_process(RAY % BATCH, run, paths_file, tmp_path / "rows")
    assert killed_once.exists()
    same(tmp_path / "rows")


@needs_java()
def test_spark(run, pictures, same, tmp_path):
    pytest.importorskip("pyspark", reason="NOT TESTED: Spark is not to be had")
    program(EXAMPLES / "on_spark.py", run, pictures, tmp_path / "rows", env=spark_environment())
    same(tmp_path / "rows")


SPARK = """
    import sys
    from pyspark.sql import SparkSession
    from killers import Killed
    run, paths, out = sys.argv[1:]
    spark = SparkSession.builder.master("local[2,4]").config("spark.sql.execution.arrow.maxRecordsPerBatch", %d)
    spark = spark.config("spark.sql.files.openCostInBytes", 0).getOrCreate()
    classifier = Killed(run)
    rows = spark.read.parquet(paths).repartition(4).mapInArrow(classifier, classifier.ddl)
    rows.write.parquet(out)
"""


def spark_environment():
    """On loopback, with this interpreter for its workers."""
    local = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable, "PYSPARK_SUBMIT_ARGS": ""}
    return {**os.environ, **local, "PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell"}


@needs_java()
def test_spark_with_a_killed_worker(run, paths_file, same, tmp_path, killed_once):
    pytest.importorskip("pyspark", reason="NOT TESTED: Spark is not to be had")
    words = ["-c", "\n".join(line.removeprefix("    ") for line in (SPARK % BATCH).splitlines())]
    environment = {**spark_environment(), "PYSPARK_SUBMIT_ARGS": "pyspark-shell"}
    program(*words, run, paths_file, tmp_path / "rows", env=environment)
    assert killed_once.exists()
    same(tmp_path / "rows")


def test_dask(run, pictures, same, tmp_path):
    pytest.importorskip("distributed", reason="NOT TESTED: Dask is not to be had")
    pytest.importorskip("dask.dataframe", reason="NOT TESTED: Dask's data frames are not to be had")
    program(EXAMPLES / "on_dask.py", run, pictures, tmp_path / "rows")
    same(tmp_path / "rows")


DASK = """
    import sys, pandas, dask.dataframe
    from distributed import Client, LocalCluster
    from killers import Killed
    if __name__ == "__main__":
        run, paths, out = sys.argv[1:]
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
            classifier = Killed(run)
            rows = dask.dataframe.from_pandas(pandas.read_parquet(paths), chunksize=%d)
            rows.map_partitions(classifier, meta=classifier.meta).to_parquet(out, write_index=False)
"""


def test_dask_with_a_killed_worker(run, paths_file, same, tmp_path, killed_once):
    pytest.importorskip("distributed", reason="NOT TESTED: Dask is not to be had")
    pytest.importorskip("dask.dataframe", reason="NOT TESTED: Dask's data frames are not to be had")
    script = tmp_path / "on_dask.py"
    script.write_text("\n".join(line.removeprefix("    ") for line in (DASK % BATCH).splitlines()))
    program(script, run, paths_file, tmp_path / "rows")
    assert killed_once.exists()
    same(tmp_path / "rows")


def test_datafusion(run, table, same, tmp_path):
    pytest.importorskip("datafusion", reason="NOT TESTED: DataFusion is not to be had")
    pq = pytest.importorskip("pyarrow.parquet")
    # A function of rows has one for each: what cannot be used is null there.
    torn = [path.endswith("torn.png") for path in table["path"].to_pylist()]
    pq.write_table(table, tmp_path / "pictures.parquet", row_group_size=BATCH)
    program(EXAMPLES / "on_datafusion.py", run, tmp_path / "pictures.parquet", tmp_path / "rows")
    rows = pa.concat_tables([pq.read_table(file) for file in sorted((tmp_path / "rows").rglob("*.parquet"))])
    assert rows.num_rows == len(torn) and rows["path"].null_count == sum(torn) == 1
    import pyarrow.compute as pc

    same(rows.filter(pc.is_valid(rows["path"])))


def test_the_examples_stand_in_about_fifteen_lines():
    for example in EXAMPLES.glob("on_*.py"):
        lines = [line for line in example.read_text().splitlines()[1:] if line.strip()]
        assert len(lines) <= 20, (example, len(lines))
    assert subprocess.run([sys.executable, "-m", "compileall", "-q", EXAMPLES]).returncode == 0

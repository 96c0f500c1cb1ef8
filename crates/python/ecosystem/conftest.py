"""What the tests of engines share: a network, pictures, and the rows that one `digits infer predict` writes of them.

Each engine is tested where its package is, and skipped by name where not: `just ecosystem` installs all.
`DIGITS_ECOSYSTEM_PICTURES` says of how many pictures.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import digits

NUM_PICTURES = int(os.environ.get("DIGITS_ECOSYSTEM_PICTURES", "3000"))
MAX_SECONDS = 900
"""A program that takes longer hangs."""
EXAMPLES = Path(__file__).parents[3] / "examples"


def program(*words, **options):
    """A program of its own; fails with what it said where it fails."""
    command = [sys.executable, *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=MAX_SECONDS, **options)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    return ended


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The run folder of a network that has learned a little: some answers are unsure."""
    return digits.train("smoke", out=tmp_path_factory.mktemp("runs") / "smoke", steps=150, seed=3)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of PNGs; among them one without ink, one of several digits and one that is torn."""
    folder = tmp_path_factory.mktemp("pictures") / "drawn"
    count = ["--count", NUM_PICTURES]
    program("-m", "digits", "train", "write", "--dataset", "synthetic", *count, "--format", "png", "--out", folder)
    png = sorted(folder.rglob("*.png"))
    from PIL import Image

    Image.new("L", (40, 40), 255).save(folder / "blank.png")
    wide = Image.new("L", (84, 28), 0)
    wide.paste(Image.open(png[0]), (0, 0))
    wide.paste(Image.open(png[-1]), (56, 0))
    wide.save(folder / "two of them.png")
    (folder / "torn.png").write_bytes(b"torn")
    return folder


@pytest.fixture(scope="session")
def expected(run, pictures, tmp_path_factory):
    """The rows of one `digits infer predict`, by path."""
    pq = pytest.importorskip("pyarrow.parquet")
    out = tmp_path_factory.mktemp("expected") / "rows.parquet"
    words = [sys.executable, "-m", "digits", "infer", "predict", "--model", run, "-q", "-o", out, pictures]
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    # Some inputs cannot be used.
    assert ended.returncode == 3 and "torn.png" in ended.stderr, ended.stderr
    rows = pq.read_table(out).sort_by("path")
    assert rows.num_rows >= NUM_PICTURES and {"no ink", "several digits"} <= set(rows["note"].to_pylist())
    return rows


@pytest.fixture(scope="session")
def same(expected):
    """Whether the files of a folder, or a table, are exactly those rows: columns, types and values to the last bit."""
    pq = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")

    def check(found):
        if not isinstance(found, pa.Table):
            files = sorted(Path(found).rglob("*.parquet"))
            assert files, found
            # What engines write beside the columns' types is theirs.
            found = pa.concat_tables([pq.read_table(file).replace_schema_metadata() for file in files])
        assert found.column_names == expected.column_names
        found = found.cast(expected.schema).sort_by("path")
        assert found.num_rows == expected.num_rows
        for name in expected.column_names:
            assert found[name].combine_chunks().equals(expected[name].combine_chunks()), name

    return check


@pytest.fixture
def killed_once(tmp_path, monkeypatch):
    """Where it is said of a worker that it was killed: `killers.Killed` does that to the first with two answers."""
    marker = tmp_path / "killed"
    monkeypatch.setenv("DIGITS_KILLED", str(marker))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return marker


def needs_java():
    return pytest.mark.skipif(not shutil.which("java"), reason="NOT TESTED: there is no Java for Spark")

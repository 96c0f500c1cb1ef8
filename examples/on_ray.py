"""Pictures of a folder on Ray Data: python examples/on_ray.py RUN PICTURES OUT. On a cluster paths are shared."""

import sys

import ray

from digits.engines import BatchClassifier

run, pictures, out = sys.argv[1:]
files = ray.data.read_binary_files(pictures, include_paths=True)
rows = files.map_batches(
    BatchClassifier,
    fn_constructor_args=[run],
    batch_size=1000,
    batch_format="pyarrow",
)
rows.write_parquet(out)

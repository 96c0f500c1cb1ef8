"""Pictures of a folder on Dask: python examples/on_dask.py RUN PICTURES OUT [SCHEDULER]. There paths are shared."""

import sys
from pathlib import Path

import dask.dataframe
import pandas
from distributed import Client

from digits.engines import BatchClassifier

if __name__ == "__main__":
    run, pictures, out, *scheduler = sys.argv[1:]
    with Client(*scheduler):
        classifier = BatchClassifier(run)
        paths = pandas.DataFrame({"path": sorted(map(str, Path(pictures).rglob("*.png")))})
        rows = dask.dataframe.from_pandas(paths, chunksize=1000).map_partitions(classifier, meta=classifier.meta)
        rows.to_parquet(out, write_index=False)

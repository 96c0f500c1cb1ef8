"""Pictures in DataFusion's SQL: python examples/on_datafusion.py RUN FILE OUT, of Parquet with `path` and `bytes`."""

import sys

import pyarrow
from datafusion import SessionContext, udf

from digits.engines import BatchClassifier

run, file, out = sys.argv[1:]
classifier = BatchClassifier(run)
context = SessionContext()
context.register_parquet("pictures", file)
context.register_udf(udf(classifier, [pyarrow.string(), pyarrow.binary()], classifier.struct, "volatile", "digit"))
rows = context.sql("SELECT digit(path, bytes) AS row FROM pictures").unnest_columns("row")
rows.write_parquet(out)

"""Pictures in DataFusion's SQL: python examples/on_datafusion.py RUN FILE OUT, of Parquet with `path` and `bytes`."""

import sys

import pyarrow
from datafusion import SessionContext, col, udf

from digits.engines import BatchClassifier

run, file, out = sys.argv[1:]
classifier = BatchClassifier(run)
context = SessionContext()
context.register_parquet("pictures", file)
types = [pyarrow.string_view(), pyarrow.binary_view()]
context.register_udf(udf(classifier, types, classifier.struct, "immutable", "digit"))
rows = context.sql("SELECT digit(path, bytes) AS row FROM pictures").unnest_columns("row")
rows = rows.select(*(col(f'"row.{name}"').alias(name) for name in classifier.schema.names))
rows.write_parquet(out)

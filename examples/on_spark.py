"""Pictures of a folder on Spark: spark-submit examples/on_spark.py RUN PICTURES OUT. On a cluster paths are shared."""

import sys

from pyspark.sql import SparkSession

from digits.engines import BatchClassifier

run, pictures, out = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
classifier = BatchClassifier(run)
files = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(pictures)
rows = files.select("path", "content").mapInArrow(classifier, classifier.ddl)
rows.write.parquet(out)

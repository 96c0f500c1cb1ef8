"""`BatchClassifier`: predictions on the engines that people have for many machines: Ray Data, Spark, Dask, DataFusion.

Needs pyarrow, which all of these bring along: `pip install digits[engines]`. `examples/` has a program for each.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ._classifier import Classifier, OnError, _skips
from ._digits import InputError
from ._inputs import SIDE, Source, as_sources
from ._rows import UNUSABLE, Answers, of_pictures, of_pixels, schema_of

_LOG = logging.getLogger("digits")
_IMAGES = ("bytes", "content", "image", "pixels")
"""Columns of images, as they are called by Ray, by Spark, on the Hugging Face hub, and by tables of pixels."""


class BatchClassifier:
    """Answers batches with the rows that `digits infer predict` writes for the same pictures into Parquet: a column
    `path`; `label` and `probability` of the most probable class, `label_2`, `probability_2` and so on up to `top_k`,
    with the classes' names between them where they are not just the labels; and `note`. As there, the last digits of
    probabilities may depend on how many images are computed at a time, where the first layer is dense.

    A batch has a column `path`, and may have one of images: bytes of picture files, a struct of `bytes` and `path`, or
    uint8 in MNIST's form, 784 or [28, 28] a row. Without one, the files are opened where `path` says. `path` and
    `image` name the columns, where they are called otherwise than `path` and `bytes`, `content`, `image` or `pixels`.

    What comes back is of the kind that was handed over: a table for a table of pyarrow (or for a dictionary of arrays),
    a record batch for a record batch, a generator of these for an iterator of them (Spark), a data frame for a data
    frame of pandas (Dask), a struct array for arrays of paths and images (DataFusion).

    A picture that cannot be used has no row, and is named in the log `digits`; in a struct array it is null. With
    `on_error="raise"` it raises `InputError`.

    Nothing is loaded before the first batch, and the networks once a process, however often the object is unpickled
    there. `runs`, `device`, `batch_size` and `views` are those of `Classifier`; the run folder has to be at the same
    place on every machine.
    """

    def __init__(
        self,
        runs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        device: str = "auto",
        batch_size: int = 1000,
        views: int | None = None,
        top_k: int = 3,
        min_confidence: float | None = None,
        path: str = "path",
        image: str | None = None,
        on_error: OnError = "skip",
    ) -> None:
        if not 1 <= top_k <= 256:
            raise InputError(f"top_k: expected 1 to 256, found {top_k}")
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise InputError(f"min_confidence: expected 0 to 1, found {min_confidence}")
        self._classifier = Classifier(runs, device=device, batch_size=batch_size, views=views)
        self._top_k, self._min_confidence = top_k, np.float32(min_confidence or 0)
        self._path, self._image = path, image
        self._skips = _skips(on_error)
        self._names: list[str] | None = None

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, in the order of the labels."""
        if self._names is None:
            self._names = _loaded(self._classifier).class_names
        return self._names

    @property
    def schema(self) -> pa.Schema:
        """The columns of the rows."""
        return schema_of(min(self._top_k, len(self.class_names)), self.class_names)

    @property
    def struct(self) -> pa.DataType:
        """The columns as one type, for functions of DataFusion: all of them are null where the struct is."""
        return pa.struct([field.with_nullable(True) for field in self.schema])

    @property
    def ddl(self) -> str:
        """The columns in Spark's own words, for `mapInArrow`."""
        names = {pa.string(): "string", pa.int32(): "int", pa.float32(): "float"}
        return ", ".join(f"{field.name} {names[field.type]}" for field in self.schema)

    @property
    def meta(self) -> Any:
        """A data frame of pandas without rows, for `map_partitions` of Dask."""
        return _to_pandas(self.schema.empty_table())

    def __call__(self, batch: Any, images: Any = None) -> Any:
        """The rows of a batch. `images` is for arrays: `batch` has their paths then."""
        if isinstance(batch, pa.RecordBatch):
            return self._rows(*self._columns(batch, batch.schema.names))
        if isinstance(batch, pa.Table):
            return self._table(*self._columns(batch, batch.schema.names))
        if isinstance(batch, (pa.Array, pa.ChunkedArray)):
            return self._structs(batch, images)
        if isinstance(batch, Mapping):
            return self._table(*self._columns(batch, list(batch)))
        if hasattr(batch, "columns") and hasattr(batch, "iloc"):
            return _to_pandas(self._table(*self._columns(batch, list(batch.columns))))
        if isinstance(batch, Iterator):
            return map(self, batch)
        kinds = "a table, a record batch, an iterator of these, a data frame, a dictionary of arrays or arrays"
        raise InputError(f"expected {kinds}, found {type(batch).__name__}")

    def _columns(self, batch: Any, names: list[str]) -> tuple[list[str] | None, Any]:
        """The paths and the images of a batch, each of which may be missing."""
        found = [name for name in ([self._image] if self._image else _IMAGES) if name in names]
        images = _values(batch[found[0]]) if found else None
        if self._image and not found:
            raise InputError(f"expected a column `{self._image}` of images, found {', '.join(names)}")
        if self._path in names:
            return [_local(path) for path in _values(batch[self._path])], images
        if images is None or not any(isinstance(image, Mapping) for image in images):
            raise InputError(f"expected a column `{self._path}` to tell rows apart by, found {', '.join(names)}")
        return None, images

    def _table(self, paths: list[str] | None, images: Any) -> pa.Table:
        return pa.Table.from_batches([self._rows(paths, images)], self.schema)

    def _rows(self, paths: list[str] | None, images: Any) -> pa.RecordBatch:
        answers = self._answers(paths, images)
        used = answers.notes != UNUSABLE
        for message in answers.paths[~used]:
            _LOG.warning("passed over: %s", message)
        return answers.take(used).to_batch(self.schema, self.class_names, self._min_confidence)

    def _structs(self, paths: pa.Array, images: pa.Array | None) -> pa.Array:
        """A struct for each path, null where the picture cannot be used."""
        answers = self._answers([_local(path) for path in _values(paths)], None if images is None else _values(images))
        if len(answers.paths) != len(paths):
            raise InputError(f"expected a file of one picture for each of {len(paths)} paths, found one of many")
        rows = answers.to_batch(self.schema, self.class_names, self._min_confidence)
        unusable = answers.notes == UNUSABLE
        for message in answers.paths[unusable]:
            _LOG.warning("passed over: %s", message)
        # What is inside of a null is null, too: DataFusion unnests what is inside.
        is_null = pa.array(unusable)
        columns = [pc.if_else(is_null, pa.scalar(None, column.type), column) for column in rows.columns]
        return pa.StructArray.from_arrays(columns, fields=list(self.struct), mask=is_null)

    def _answers(self, paths: list[str] | None, images: Any) -> Answers:
        num_ranks = min(self._top_k, len(self.class_names))
        engine = _loaded(self._classifier).load()
        if isinstance(images, np.ndarray):
            assert paths is not None
            return of_pixels(engine, paths, images, num_ranks)
        sources = as_sources(paths) if images is None else _sources(paths, images)
        return of_pictures(engine.classify_pictures(sources, self._skips), num_ranks, len(self.class_names))

    def __repr__(self) -> str:
        return f"Batch{self._classifier!r}"


def _values(column: Any) -> Any:
    """A list of texts, bytes or dictionaries, or an array of pixels, [N, ...], of the type that it has."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.Array):
        return _arrow_values(column)
    values = column if isinstance(column, np.ndarray) else column.to_numpy()
    if values.dtype != object and values.ndim > 1:
        return values
    listed = values.tolist()
    if listed and isinstance(listed[0], (list, np.ndarray)):
        return _stacked(listed, None)
    return listed


def _arrow_values(column: pa.Array) -> Any:
    if hasattr(column, "to_numpy_ndarray"):
        return column.to_numpy_ndarray()
    leaf = column.type
    while pa.types.is_list(leaf) or pa.types.is_large_list(leaf) or pa.types.is_fixed_size_list(leaf):
        leaf = leaf.value_type
    if leaf == column.type:
        return column.to_pylist()
    if column.null_count:
        raise InputError(f"expected pixels in every row, found {column.null_count} nulls")
    if pa.types.is_fixed_size_list(column.type) and leaf == column.type.value_type:
        return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return _stacked(column.to_pylist(), leaf.to_pandas_dtype())


def _stacked(values: list[Any], kind: Any) -> Any:
    if not values:
        return np.zeros((0, SIDE, SIDE), np.uint8)
    try:
        return np.stack([np.asarray(value, kind) for value in values])
    except ValueError:
        raise InputError(f"expected {SIDE * SIDE} pixels in every row, found rows of different lengths") from None


def _sources(paths: list[str] | None, images: Iterable[Any]) -> list[Source]:
    """Names and bytes. What is null is a picture of no bytes, which cannot be used."""
    sources: list[Source] = []
    for place, image in enumerate(images):
        name, content = paths[place] if paths else f"picture {place}", image
        if isinstance(image, Mapping):
            content = image.get("bytes")
            name = name if paths else image.get("path") or name
            if content is None and image.get("path"):
                sources.append((Path(_local(image["path"])), None))
                continue
        if not isinstance(content, (bytes, bytearray, memoryview, type(None))):
            raise InputError(f"{name}: expected the bytes of a picture, found {type(content).__name__}")
        sources.append((Path(name), bytes(content or b"")))
    return sources


def _local(path: Any) -> str:
    """Without the scheme that Spark puts before files."""
    text = os.fspath(path) if path is not None else ""
    return unquote(urlsplit(text).path) if text.startswith("file:") else text


def _to_pandas(table: pa.Table) -> Any:
    import pandas

    return table.to_pandas(types_mapper=pandas.ArrowDtype)


_AT_HAND: dict[tuple[Any, ...], Classifier] = {}
_LOCK = threading.Lock()
_MOST = 4
"""Networks that a process keeps, of so many different settings."""


def _loaded(classifier: Classifier) -> Classifier:
    """The one that this process has of these settings and files: engines unpickle an object for every task."""
    state = classifier.__getstate__()
    key = (os.getpid(), *state.values(), *map(_stamp, classifier.runs))
    with _LOCK:
        known = _AT_HAND.pop(key, classifier)
        _AT_HAND[key] = known
        while len(_AT_HAND) > _MOST:
            del _AT_HAND[next(iter(_AT_HAND))]
    return known


def _stamp(run: str) -> tuple[int, int] | None:
    """What changes where another network is put at the place of one."""
    for file in (Path(run, "model", "manifest.json"), Path(run)):
        if file.is_file():
            found = file.stat()
            return found.st_mtime_ns, found.st_size
    return None

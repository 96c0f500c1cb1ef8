"""Rows as `digits infer predict` writes them into Parquet, put together column by column. Needs pyarrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._digits import Engine, InputError
from ._inputs import SIDE, as_images

UNUSABLE = "cannot be used"
_NO_INK, _UNSURE = "no ink", "low confidence"


def schema_of(num_ranks: int, class_names: list[str]) -> pa.Schema:
    """The columns, with the classes' names where they are not just their numbers."""
    fields = [pa.field("path", pa.string(), nullable=False)]
    for rank in range(num_ranks):
        end = f"_{rank + 1}" if rank else ""
        fields.append(pa.field(f"label{end}", pa.int32()))
        if class_names != [str(label) for label in range(len(class_names))]:
            fields.append(pa.field(f"class{end}", pa.string()))
        fields.append(pa.field(f"probability{end}", pa.float32()))
    return pa.schema([*fields, pa.field("note", pa.string())])


@dataclass(frozen=True, slots=True)
class Answers:
    """Of N pictures: `paths` and `notes` [N] of objects; `labels` and `probabilities` [N, ranks], highest first."""

    paths: NDArray[np.object_]
    labels: NDArray[np.int32]
    probabilities: NDArray[np.float32]
    notes: NDArray[np.object_]

    def take(self, used: NDArray[np.bool_]) -> Answers:
        if used.all():
            return self
        return Answers(self.paths[used], self.labels[used], self.probabilities[used], self.notes[used])

    def to_batch(self, schema: pa.Schema, names: list[str], min_confidence: np.float32) -> pa.RecordBatch:
        """Rows in the columns of `schema`. A class that is less sure than that is no label."""
        is_empty = np.isin(self.notes, (_NO_INK, UNUSABLE))
        is_unsure = ~is_empty & (self.probabilities[:, 0] < min_confidence)
        notes = self.notes.copy()
        notes[is_unsure] = _UNSURE
        columns = [pa.array(self.paths, pa.string())]
        for rank in range(self.labels.shape[1]):
            labels = self.labels[:, rank]
            withheld = is_empty | is_unsure if rank == 0 else is_empty
            columns.append(pa.array(labels, pa.int32(), mask=withheld))
            if any(field.name.startswith("class") for field in schema):
                columns.append(pa.array(np.array(names, object)[labels], pa.string(), mask=withheld))
            columns.append(pa.array(self.probabilities[:, rank], pa.float32(), mask=is_empty))
        return pa.RecordBatch.from_arrays([*columns, pa.array(notes, pa.string())], schema=schema)


def _ranked(paths: Any, probabilities: NDArray[np.float64], notes: list[str | None], num_ranks: int) -> Answers:
    """Of equally probable classes, the first comes first, in the precision that they were computed in."""
    labels = np.argsort(-probabilities, axis=1, kind="stable")[:, :num_ranks]
    highest = np.take_along_axis(probabilities, labels, axis=1)
    return Answers(_objects(paths), labels.astype(np.int32), highest.astype(np.float32), _objects(notes))


def of_pictures(rows: list[tuple[str, int, list[float], str | None]], num_ranks: int, num_classes: int) -> Answers:
    probabilities = np.zeros((len(rows), num_classes))
    for place, row in enumerate(rows):
        if row[2]:
            probabilities[place] = row[2]
    return _ranked([row[0] for row in rows], probabilities, [row[3] for row in rows], num_ranks)


def of_pixels(engine: Engine, paths: list[str], images: NDArray[Any], num_ranks: int) -> Answers:
    shaped = as_images(images)
    if shaped is None:
        raise InputError(f"expected images of shape [N, {SIDE}, {SIDE}], found {list(images.shape)}")
    labels, probabilities = np.zeros(len(shaped), np.int64), np.zeros((len(shaped), len(engine.class_names)))
    engine.classify(shaped, labels, probabilities, False)
    return _ranked(paths, probabilities, [_NO_INK if label < 0 else None for label in labels], num_ranks)


def _objects(values: Any) -> NDArray[np.object_]:
    array = np.empty(len(values), object)
    array[:] = values
    return array

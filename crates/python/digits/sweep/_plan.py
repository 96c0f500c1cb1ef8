"""What a search is, and what came of its trials, whichever engine runs them."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .._digits import RecipeError
from .._training import Evaluation, records, run_train
from ._space import Range, Value, override

OBJECTIVES: dict[str, Literal["maximize", "minimize"]] = {
    "validation_accuracy": "maximize",
    "validation_loss": "minimize",
}
State = Literal["complete", "pruned", "failed", "running"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A search: a recipe, what is put over it, and how many trials there are to be."""

    recipe: str
    ranges: tuple[Range, ...]
    fixed: tuple[str, ...]
    folder: Path
    objective: str = "validation_accuracy"
    num_trials: int = 20
    sampler: str = "tpe"
    pruner: str = "median"
    seed: int | None = None
    device: str | None = None
    track: bool = False

    @property
    def is_higher_better(self) -> bool:
        """Of the objective."""
        return OBJECTIVES[self.objective] == "maximize"

    def signature(self) -> dict[str, Any]:
        """What all processes of a search must have the same."""
        file = Path(self.recipe)
        recipe = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else self.recipe
        texts = [item.to_text() for item in self.ranges]
        return {"recipe": recipe, "space": texts, "fixed": list(self.fixed), "objective": self.objective}

    def arguments(self, values: dict[str, Value]) -> list[str]:
        """The words of `digits train` that train with these values."""
        words = [f"--config={self.recipe}"]
        for text in [*self.fixed, *(override(key, value) for key, value in values.items())]:
            words += ["--set", text]
        return words + self._device()

    def _device(self) -> list[str]:
        return [f"--device={self.device}"] if self.device else []

    def train(self, folder: Path, values: dict[str, Value], callback: Callable[[Evaluation], object]) -> None:
        """Trains into that folder, or goes on there from the last checkpoint where there is one."""
        folder = folder.absolute()
        if has_come_to_its_end(folder):
            return
        if any((folder / "checkpoints").glob("step-*")):
            try:
                run_train([f"--resume={folder}", *self._device()], callback=callback)
                return
            except RecipeError as error:
                if "no checkpoint" not in str(error):
                    raise
        # What is there was killed before its first checkpoint.
        replaces = ["--force"] if folder.exists() else []
        run_train([*self.arguments(values), f"--out={folder}", *replaces], callback=callback)

    def value_of(self, folder: Path) -> float | None:
        """The objective of a run that came to its end: that of the evaluation whose weights were saved."""
        figures = summary_of(folder).get("validation") or {}
        value = figures.get(self.objective.removeprefix("validation_"))
        return None if value is None or not math.isfinite(value) else float(value)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one set of values: `value` is the objective, `curve` has it by evaluations, from the first."""

    number: int
    state: State
    values: dict[str, Value]
    value: float | None = None
    run: str | None = None
    curve: list[tuple[int, float]] = field(default_factory=list)
    takeovers: int = 0
    why: str | None = None


def summary_of(folder: Path) -> dict[str, Any]:
    """What a run came to; empty where it came to nothing yet."""
    file = folder / "summary.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    return found


def has_come_to_its_end(folder: Path) -> bool:
    """Whether nothing is left to train."""
    return summary_of(folder).get("ending") in ("finished", "stopped early")


def curve_of(run: str | os.PathLike[str], objective: str) -> list[tuple[int, float]]:
    """The objective by evaluations, from 1. They are counted since steps of other batch sizes are not alike."""
    found = enumerate((record[objective] for record in records(run)), 1)
    return [(place, value) for place, value in found if value is not None and math.isfinite(value)]

"""`train`: a training from Python."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ._digits import RecipeError
from ._digits import train as _train

_FLAGS = ("data", "data_dir", "epochs", "steps", "batch_size", "lr", "init", "seed", "device", "out", "on_error")
_SWITCHES = ("offline", "no_fallback", "force", "tensorboard")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How far a training is: its figures at an evaluation. Losses are in nats, accuracies of 0 to 1."""

    epoch: int
    step: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    is_best: bool
    images_per_second: float
    train_seconds: float
    evaluation_seconds: float
    dataset: str


_FIELDS = tuple(field.name for field in fields(Evaluation))


def train(
    recipe: str | os.PathLike[str],
    *,
    callback: Callable[[Evaluation], object] | None = None,
    verbose: bool = False,
    **overrides: Any,
) -> Path:
    """Trains and returns the run folder, for `Classifier`.

    `recipe` is a recipe that comes along (`cnn`, `fast`, `accurate`, `dense`, `linear`, `resnet`, `smoke`), a TOML
    file, or a run folder to repeat. `overrides` are options of `digits train`: `data`, `data_dir`, `epochs`, `steps`,
    `batch_size`, `lr`, `init`, `seed`, `device`, `out`, `on_error`, `offline`, `no_fallback`, `force`, `tensorboard`;
    or keys of the recipe with two underscores for each dot: `model__dropout=0.2`. `digits train keys` lists the keys.

    `callback` is called at each evaluation with an `Evaluation`. Where it returns False, training ends there, and what
    there is is saved; what it raises ends the training without that. Ctrl-C ends it after a step, saves what there
    is, and raises KeyboardInterrupt.

    Raises `RecipeError` where the recipe or an override is wrong, and `TrainingError` where training fails.
    """
    arguments = [f"--config={os.fspath(recipe)}"]
    for name, value in overrides.items():
        arguments += _option(name, value)
    return run_train(arguments, callback=callback, verbose=verbose)


def resume(
    run: str | os.PathLike[str],
    *,
    callback: Callable[[Evaluation], object] | None = None,
    verbose: bool = False,
    **overrides: Any,
) -> Path:
    """Goes on with a run that was stopped or killed, from its last checkpoint, and returns its folder.

    `overrides` are those of `train` that leave it the same run: `device`, `data_dir`, `offline`, and `epochs` or
    `steps`, by which a finished run goes on for longer. What `callback` does is said there.

    Raises `RecipeError` where there is no checkpoint, nothing is left to do, or an override would make another run of
    it, and `TrainingError` where another program is at work on it.
    """
    arguments = [f"--resume={os.fspath(run)}"]
    for name, value in overrides.items():
        arguments += _option(name, value)
    return run_train(arguments, callback=callback, verbose=verbose)


def run_train(
    arguments: list[str], *, callback: Callable[[Evaluation], object] | None = None, verbose: bool = False
) -> Path:
    """Trains as these words of `digits train` say, and returns the run folder."""
    arguments = [*arguments, "--progress", "plain" if verbose else "none", *([] if verbose else ["--quiet"])]

    def told(text: str) -> object:
        record = json.loads(text)
        return callback(Evaluation(**{name: record[name] for name in _FIELDS})) if callback else None

    return Path(_train(arguments, told if callback else None))


def records(run: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The evaluations of a run so far, as its `metrics.jsonl` has them. A line that is being written is none yet."""
    file = Path(run, "metrics.jsonl")
    text = file.read_text() if file.is_file() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def _option(name: str, value: Any) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise RecipeError(f"{name}: expected True or False, found {value!r}")
        return [flag] if value else []
    if name in _FLAGS:
        return [f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}"]
    if "__" in name or name == "name":
        return ["--set", f"{name.replace('__', '.')}={to_toml(name, value)}"]
    known = ", ".join(_FLAGS + _SWITCHES)
    raise RecipeError(f"no option `{name}`: expected one of {known}, or a key such as model__dropout")


def to_toml(name: str, value: Any) -> str:
    """A value as TOML has it, in one line; `name` is for the message where it is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (str, os.PathLike)):
        # Every string of JSON is one of TOML.
        return json.dumps(os.fspath(value))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(to_toml(name, item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {to_toml(name, item)}" for key, item in value.items()) + "}"
    raise RecipeError(f"{name}: expected a number, a string, a truth value or a list of them, found {value!r}")

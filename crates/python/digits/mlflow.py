"""Runs in MLflow: `log_run`, and `--track mlflow` of `digits train` and of sweeps.

Needs MLflow: `pip install digits[mlflow]`.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ._digits import ModelError
from ._training import records

_MOST_A_CALL = 100
"""What MLflow's server takes at once of parameters; of metrics it takes ten times as many."""
_LEFT_OUT = ("checkpoints",)
_FIGURES = {
    "test": ("accuracy", "loss", "expected_calibration_error"),
    "validation": ("accuracy", "loss"),
    "train": ("seconds", "images_per_second", "steps", "epochs"),
}


def log_run(
    run: str | os.PathLike[str],
    *,
    tracking_uri: str | None = None,
    experiment: str | None = None,
    run_name: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Writes a run folder into MLflow and returns the id of MLflow's run.

    The recipe's keys become parameters, the evaluations metrics by their steps, with the figures of the test images
    and of the chosen evaluation beside them (`test_accuracy`, …), and the folder's files artifacts, without its
    checkpoints. Tags say data, seed, device and version. The same folder may be written several times: each is a run
    of MLflow's.

    Where MLflow is and what the experiment is called is said by its own `MLFLOW_TRACKING_URI` and
    `MLFLOW_EXPERIMENT_NAME`, unless it is here. Raises `ModelError` where the folder is none of a run.
    """
    import mlflow
    from mlflow.entities import Param, RunTag

    folder = Path(run)
    recipe, summary = _recipe(folder), _summary(folder)
    client = mlflow.MlflowClient(tracking_uri=tracking_uri)
    name = experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "Default"
    known = client.get_experiment_by_name(name)
    experiment_id = known.experiment_id if known else client.create_experiment(name)
    begun = client.create_run(experiment_id, run_name=run_name or folder.resolve().name)
    run_id: str = begun.info.run_id
    status = "FAILED"
    try:
        params = [Param(key, text) for key, text in _flat(recipe)]
        for first in range(0, len(params), _MOST_A_CALL):
            client.log_batch(run_id, params=params[first : first + _MOST_A_CALL])
        told = [*_tags(folder, summary), *(tags or {}).items()]
        client.log_batch(run_id, tags=[RunTag(key, text) for key, text in told])
        metrics = _metrics(folder, summary, begun.info.start_time)
        for first in range(0, len(metrics), _MOST_A_CALL):
            client.log_batch(run_id, metrics=metrics[first : first + _MOST_A_CALL])
        for item in sorted(folder.iterdir()):
            if item.name not in _LEFT_OUT and not item.name.startswith("."):
                client.log_artifact(run_id, str(item))
        is_whole = summary.get("ending") in ("finished", "stopped early")
        status = "FINISHED" if is_whole else "KILLED" if summary.get("ending") == "interrupted" else "FAILED"
    finally:
        client.set_terminated(run_id, status)
    return run_id


def _recipe(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "config.toml").read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{folder}: expected a run folder, with a config.toml: {error}") from None


def _summary(folder: Path) -> dict[str, Any]:
    """Empty where a run came to none: it was killed."""
    file = folder / "summary.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def _flat(values: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Keys with dots; elements of lists by their number, as `digits train --set` has them."""
    if isinstance(values, dict):
        for key, item in values.items():
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(values, list) and any(isinstance(item, dict) for item in values):
        for place, item in enumerate(values):
            yield from _flat(item, f"{path}.{place}")
    else:
        yield path, json.dumps(values) if isinstance(values, (bool, list)) else str(values)


def _tags(folder: Path, summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    dataset = summary.get("dataset") or {}
    found = {
        "digits.folder": str(folder.resolve()),
        "digits.ending": summary.get("ending"),
        "digits.dataset": dataset.get("name"),
        "digits.dataset_sha256": dataset.get("sha256"),
        "digits.seed": summary.get("seed"),
        "digits.device": summary.get("device_name"),
        "digits.version": summary.get("version"),
        "digits.git_commit": summary.get("git_commit"),
    }
    return [(key, str(value)) for key, value in found.items() if value is not None]


def _metrics(folder: Path, summary: Mapping[str, Any], start: int) -> list[Any]:
    """Evaluations by their steps, at the times that they took, and what the run came to."""
    from mlflow.entities import Metric

    metrics = []
    step, now = 0, start
    for record in records(folder):
        step, now = record["step"], start + int(1000 * record["train_seconds"])
        metrics += [Metric(key, float(value), now, step) for key, value in record.items() if _is_figure(key, value)]
    for part, names in _FIGURES.items():
        figures = summary.get(part) or {}
        chosen = "" if part != "validation" else "chosen_"
        for name in names:
            if figures.get(name) is not None:
                metrics.append(Metric(f"{chosen}{part}_{name}", float(figures[name]), now, step))
    return metrics


def _is_figure(key: str, value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and key != "step"

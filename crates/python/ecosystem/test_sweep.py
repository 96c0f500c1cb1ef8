"""Sweeps on Optuna and on Ray Tune: processes that are killed on the way, and the best recipe repeats its figure."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from conftest import program

import digits

optuna = pytest.importorskip("optuna", reason="NOT TESTED: Optuna is not to be had")

RECIPE = """
[data]
dataset = "synthetic"
validation = 500
synthetic = { train = 2500, test = 500 }

[model]
kind = "cnn"

[training]
steps = 60
batch_size = 32
evaluate_every = 20

[checkpoint]
every_steps = 10

[report]
page = false
pictures = false
"""
SPACE = ["training.optimizer.learning_rate=log:1e-5:1e-1", "model.dropout=linear:0:0.5"]


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


def words(recipe, *more, space=SPACE):
    sets = [word for item in space for word in ("--set", item)]
    return [str(word) for word in ["-m", "digits.sweep", recipe, *sets, *more]]


def rows(out):
    with open(out / "trials.csv") as file:
        return list(csv.DictReader(file))


def wait_for(seen, seconds=120):
    until = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.02)


def repeats(out, tmp_path):
    """Trains by the best recipe, and compares with what the search says of it."""
    best = next(row for row in rows(out) if row["state"] == "complete" and Path(row["run"]) == best_run(out))
    run = digits.train(out / "best.toml", out=tmp_path / "again")
    figures = json.loads((run / "summary.json").read_text())["validation"]
    assert figures["accuracy"] == float(best["validation_accuracy"])
    assert float(best["validation_accuracy"]) == max(
        float(row["validation_accuracy"]) for row in rows(out) if row["state"] == "complete"
    )
    before, after = (Path(folder, "model", "weights.bpk").read_bytes() for folder in (best["run"], run))
    assert before == after


def best_run(out):
    number = int((out / "best.toml").read_text().split(": trial ")[1].split(",")[0])
    return Path(next(row["run"] for row in rows(out) if int(row["trial"]) == number))


@pytest.mark.parametrize("storage", ["journal", "database"])
def test_two_processes_one_killed_on_the_way(recipe, tmp_path, storage):
    """20 trials; the first process is killed in the middle of a trial, and the second takes that one up."""
    out = tmp_path / "sweep"
    where = [] if storage == "journal" else ["--storage", f"sqlite:///{tmp_path}/study.db"]
    more = ["--trials", "20", "--out", out, "--seed", "1", *where]
    # Long enough that a kill comes in the middle: pruning is off for it, so that what was lost is gone on with.
    command = [sys.executable, *words(recipe, *more, "--set", "training.steps=300", "--pruner", "none")]
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    wait_for(lambda: len(list(out.glob("trial-*/metrics.jsonl"))) >= 2)
    second = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    wait_for(lambda: len(list(out.glob("trial-*/summary.json"))) >= 4)
    study = optuna.load_study(study_name="recipe-sweep", storage=storage_of(out, tmp_path, storage))

    def victim():
        """A trial of the first process that has a checkpoint and is not at its end."""
        for trial in study.get_trials(deepcopy=False):
            if trial.state.is_finished() or trial.user_attrs.get("owner", {}).get("process") != first.pid:
                continue
            run = Path(trial.user_attrs.get("run", "/nowhere"))
            if any(run.glob("checkpoints/step-*")) and not (run / "model").exists():
                return trial.number
        return None

    numbers = []

    def is_stopped_in_the_middle():
        # What is seen while it stands still is so when it is killed.
        first.send_signal(signal.SIGSTOP)
        numbers.append(victim())
        if numbers[-1] is None:
            first.send_signal(signal.SIGCONT)
        return numbers[-1] is not None

    wait_for(is_stopped_in_the_middle)
    number = numbers[-1]
    first.send_signal(signal.SIGKILL)
    first.communicate()
    printed, said = second.communicate(timeout=900)
    assert second.returncode == 0, said
    assert f"trial {number} has lost its process" in said and "recipe " in printed
    found = rows(out)
    assert len(found) == 20 and {row["state"] for row in found} == {"complete"}
    assert [row["takeovers"] for row in found if int(row["trial"]) == number] == ["1"]
    resumed = json.loads((out / f"trial-{number:03}/summary.json").read_text())["train"]
    assert resumed["resumes"] == 1 and resumed["steps"] == 300
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 5 and "Importance" in page and "1 taken up" in page and "http" not in page
    repeats(out, tmp_path)
    # Called again, there is nothing left to do.
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0 and again.stdout == printed and len(rows(out)) == 20


def storage_of(out, tmp_path, storage):
    if storage == "database":
        return f"sqlite:///{tmp_path}/study.db"
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(out / "study.journal")))


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_what_is_hopeless_is_pruned_and_the_choice_can_be_repeated(recipe, tmp_path, sampler):
    space = ["training.optimizer.learning_rate=log:1e-4:1e-2", "training.batch_size=one-of:16,32"]
    found = []
    for name in ("one", "two"):
        out = tmp_path / name
        more = ["--trials", "14", "--out", out, "--seed", "7", "--set", "training.evaluate_every=10"]
        program(*words(recipe, *more, "--sampler", sampler, space=space))
        found.append([{key: row[key] for key in row if key != "run"} for row in rows(out)])
    assert found[0] == found[1]
    if sampler == "random":
        pruned = [row for row in found[0] if row["state"] == "pruned"]
        assert pruned and min(int(row["evaluations"]) for row in pruned) < 6


def test_an_interrupted_search_goes_on(recipe, tmp_path):
    out = tmp_path / "sweep"
    command = [sys.executable, *words(recipe, "--trials", "3", "--out", out, "--set", "training.steps=400")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(out.glob("trial-001/checkpoints/step-*")))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 143 and "goes on" in said
    program(*command[1:])
    assert [row["state"] for row in rows(out)] == ["complete"] * 3 and rows(out)[1]["takeovers"] == "1"


def test_what_is_wrong_is_said(recipe, tmp_path):
    def refused(said, *more, space=SPACE, code=2):
        command = [sys.executable, *words(recipe, "--out", tmp_path / "sweep", "--trials", "1", *more, space=space)]
        ended = subprocess.run(command, capture_output=True, text=True)
        assert ended.returncode == code and said in ended.stderr, ended.stderr

    refused("expected log:LOW:HIGH", space=["model.dropout=log:1"])
    refused("zero has no logarithm", space=["model.dropout=log:0:1"])
    refused("nothing is searched", space=["model.dropout=0.1"])
    refused("no-such-key", space=["no-such-key=log:1:2"])
    shutil.rmtree(tmp_path / "sweep")
    program(*words(recipe, "--out", tmp_path / "sweep", "--trials", "1"))
    refused("another space", space=SPACE[:1])


def test_the_same_space_on_ray_tune(recipe, tmp_path):
    pytest.importorskip("ray", reason="NOT TESTED: Ray is not to be had")
    pytest.importorskip("ray.tune", reason="NOT TESTED: Ray Tune is not to be had")
    out = tmp_path / "sweep"
    space = [*SPACE, "training.batch_size=one-of:16,32", "seed=int:1:5"]
    program(*words(recipe, "--engine", "ray", "--trials", "8", "--out", out, "--seed", "3", space=space))
    found = rows(out)
    assert len(found) == 8 and {row["state"] for row in found} <= {"complete", "pruned"}
    assert all(1e-5 <= float(row["training.optimizer.learning_rate"]) <= 1e-1 for row in found)
    assert {row["training.batch_size"] for row in found} <= {"16", "32"}
    recipe = tomllib.loads((out / "best.toml").read_text())
    best = next(row for row in found if row["run"] == str(best_run(out)))
    assert recipe["training"]["batch_size"] == int(best["training.batch_size"])
    assert recipe["seed"] == int(best["seed"])
    repeats(out, tmp_path)


TUNE = """
import os, signal, sys
from pathlib import Path
from digits.sweep import _plan
whole = _plan.Plan.train
def killed(plan, folder, values, callback):
    def tell(record):
        callback(record)
        try:
            os.close(os.open(os.environ["DIGITS_KILLED"], os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)
    whole(plan, folder, values, tell)
_plan.Plan.train = killed
"""


def test_a_lost_worker_of_ray_tune_goes_on_from_its_checkpoint(recipe, tmp_path, killed_once):
    pytest.importorskip("ray.tune", reason="NOT TESTED: Ray Tune is not to be had")
    out = tmp_path / "sweep"
    # Every Python that starts here loads it, those of the workers, too.
    (tmp_path / "sitecustomize.py").write_text(TUNE)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"}
    more = ["--engine", "ray", "--trials", "2", "--out", out, "--pruner", "none"]
    program(*words(recipe, *more), env=environment)
    assert killed_once.exists() and [row["state"] for row in rows(out)] == ["complete"] * 2
    resumed = [json.loads(file.read_text())["train"]["resumes"] for file in out.glob("trial-*/summary.json")]
    assert sorted(resumed) == [0, 1]
    repeats(out, tmp_path)

"""Training, data sets and the console script."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import digits

MNIST = os.environ.get("MNIST_DIR")


def test_every_evaluation_is_told_and_the_run_is_returned(tmp_path, capfd):
    told = []
    run = digits.train(
        "smoke", out=tmp_path / "run", training__evaluate_every=20, model__dropout=0.25, callback=told.append
    )
    assert run == tmp_path / "run" and [record.step for record in told] == [20, 40, 60]
    assert told[-1].validation_accuracy > told[0].validation_accuracy
    assert all(isinstance(record, digits.Evaluation) and record.train_loss > 0 for record in told)
    recipe = (run / "config.toml").read_text()
    assert "dropout = 0.25" in recipe and "evaluate_every = 20" in recipe
    assert json.loads((run / "summary.json").read_text())["train"]["steps"] == 60
    printed = capfd.readouterr()
    assert printed.out == "" and printed.err == ""


def test_what_is_said_names_the_package(tmp_path, capfd):
    digits.train("smoke", out=tmp_path / "run", verbose=True)
    said = capfd.readouterr().err
    assert f"digits infer predict --model {tmp_path}/run" in said and "cargo" not in said


def test_a_callback_can_end_it(tmp_path):
    told = []

    def enough(record):
        told.append(record)
        return False

    run = digits.train("smoke", steps=1000, training__evaluate_every=10, out=tmp_path / "run", callback=enough)
    assert len(told) == 1 and digits.Classifier(run).manifests[0]["cut_short"]


def test_what_a_callback_raises_comes_out(tmp_path):
    with pytest.raises(ZeroDivisionError):
        digits.train("smoke", out=tmp_path / "run", callback=lambda _: 1 / 0)


@pytest.mark.parametrize(
    ("recipe", "options", "said"),
    [
        ("no-such-recipe", {}, "no-such-recipe"),
        ("smoke", {"epochs": 0}, "--epochs"),
        ("smoke", {"model__dropuot": 0.1}, "dropuot.*dropout"),
        ("smoke", {"training__batch_size": -3}, "batch_size"),
        ("smoke", {"speed": 3}, "no option `speed`: expected one of data, "),
        ("smoke", {"model__dropout": object()}, "model__dropout: expected a number"),
        ("smoke", {"offline": "yes"}, "offline: expected True or False, found 'yes'"),
        ("keys", {}, "keys"),
        ("--help", {}, "--help"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(recipe, options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(digits.RecipeError, match=f"(?s){said}") as raised:
        digits.train(recipe, **options)
    assert isinstance(raised.value, ValueError) and not list(tmp_path.iterdir())


@pytest.mark.skipif(not MNIST, reason="MNIST_DIR names no folder with MNIST")
def test_mnist_is_loaded():
    mnist = digits.load_mnist(offline=True)
    assert mnist.train_images.shape == (60_000, 28, 28) and mnist.test_images.dtype == np.uint8
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9] and mnist.test_labels.dtype == np.int64
    assert mnist.class_names == tuple("0123456789") and "60000" in repr(mnist)
    again = digits.load_mnist(MNIST)
    np.testing.assert_array_equal(again.test_images, mnist.test_images)


def test_sets_that_are_not_there_are_named(tmp_path):
    with pytest.raises(digits.SetError, match="no data set `mnits`: expected one of mnist") as raised:
        digits.load_mnist(dataset="mnits")
    assert isinstance(raised.value, OSError)
    with pytest.raises(digits.SetError, match=str(tmp_path)):
        digits.load_mnist(tmp_path, offline=True)


def program(*words, **options):
    """The console script, as a user calls it."""
    return subprocess.run(
        [sys.executable, "-m", "digits", *map(str, words)], capture_output=True, text=True, timeout=120, **options
    )


def test_the_programs_are_commands(run, drawn, tmp_path):
    trained = program("train", "smoke", "--steps", "20", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "digits infer predict --model artifacts/smoke-001" in trained.stderr and "cargo" not in trained.stderr
    np.save(tmp_path / "images.npy", drawn[0][:20])
    rows = program("infer", "predict", "--model", run, tmp_path / "images.npy", "--format", "csv")
    found = [int(row.split(",")[1]) for row in rows.stdout.splitlines()[1:]]
    assert found == digits.Classifier(run).predict(drawn[0][:20]).labels.tolist()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["train", "no-such-recipe"], 2, "error: "),
        (["train", "--no-such-flag"], 2, "Usage: digits train"),
        (["infer", "predict", "--model", "/no/such/run", "x.png"], 1, "error: /no/such/run: there is no such run"),
        (["infer", "--help"], 0, "Usage: digits infer"),
        (["train", "--version"], 0, "train 0."),
        (["--version"], 0, "digits 0."),
        (["--help"], 0, "Usage: digits <COMMAND>"),
        (["train", "smoke", "--track", "wandb"], 2, "--track: expected mlflow, found `wandb`"),
        (["train", "smoke", "--track"], 2, "--track: expected mlflow, found ``"),
        (["dance"], 2, "expected train or infer, found `dance`"),
        ([], 2, "expected train or infer, found nothing"),
    ],
)
def test_exit_codes_are_those_of_the_programs(words, code, said):
    ended = program(*words)
    assert ended.returncode == code and said in ended.stdout + ended.stderr


def test_some_unusable_inputs_are_exit_code_3(run, drawn, tmp_path):
    np.save(tmp_path / "images.npy", drawn[0][:2])
    (tmp_path / "torn.png").write_bytes(b"torn")
    assert program("infer", "predict", "--model", run, tmp_path).returncode == 3


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_command_and_what_there_is_is_kept(number, code, tmp_path):
    command = [sys.executable, "-m", "digits", "train", "smoke", "--steps", "1000000", "-v", "--progress", "plain"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            # The first line after 50 steps of training.
            if "loss" in line and "step" in line:
                break
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == code, rest
    assert "digits train --resume" in rest and Path(tmp_path, "artifacts/smoke-001/model/manifest.json").is_file()

"""Runs in a real server of MLflow, on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request

import pytest
from conftest import program

import digits

mlflow = pytest.importorskip("mlflow", reason="NOT TESTED: MLflow is not to be had")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", str(folder / "artifacts")]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *where]
    with open(folder / "log.txt", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    uri = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{uri}/health", timeout=2)
            break
        except OSError:
            assert time.monotonic() < until and process.poll() is None, (folder / "log.txt").read_text()
            time.sleep(0.2)
    yield uri
    os.killpg(process.pid, 15)
    process.wait()


def check(client, found, folder):
    """What the server has of a run beside what is in its folder."""
    recipe = tomllib.loads((folder / "config.toml").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    assert found.info.status == "FINISHED"
    assert found.data.params["training.batch_size"] == str(recipe["training"]["batch_size"])
    learning_rate = recipe["training"]["optimizer"]["learning_rate"]
    assert float(found.data.params["training.optimizer.learning_rate"]) == learning_rate
    assert found.data.metrics["test_accuracy"] == summary["test"]["accuracy"]
    assert found.data.metrics["chosen_validation_loss"] == summary["validation"]["loss"]
    assert found.data.tags["digits.dataset_sha256"] == summary["dataset"]["sha256"]
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for name in ("train_loss", "validation_accuracy"):
        history = client.get_metric_history(found.info.run_id, name)
        assert [(item.step, item.value) for item in history] == [(line["step"], line[name]) for line in lines]
    artifacts = {item.path for item in client.list_artifacts(found.info.run_id)}
    assert {"config.toml", "summary.json", "metrics.jsonl", "report.html", "model"} <= artifacts
    assert "checkpoints" not in artifacts


def test_a_run_is_written_with_its_files(server, tmp_path):
    folder = digits.train("smoke", out=tmp_path / "run", training__evaluate_every=20)
    from digits.mlflow import log_run

    run_id = log_run(folder, tracking_uri=server, experiment="digits", tags={"who": "tests"})
    client = mlflow.MlflowClient(tracking_uri=server)
    found = client.get_run(run_id)
    check(client, found, folder)
    assert found.data.tags["who"] == "tests" and found.info.run_name == "run"
    assert client.get_experiment(found.info.experiment_id).name == "digits"
    again = client.download_artifacts(run_id, "model", str(tmp_path))
    assert (folder / "model/weights.bpk").read_bytes() == open(f"{again}/weights.bpk", "rb").read()
    # A downloaded folder answers.
    (tmp_path / "there").mkdir()
    os.rename(again, tmp_path / "there/model")
    assert digits.Classifier(tmp_path / "there").class_names == [str(digit) for digit in range(10)]
    with pytest.raises(digits.ModelError, match="expected a run folder"):
        log_run(tmp_path, tracking_uri=server)


def test_the_program_and_its_seeds_are_tracked(server, tmp_path):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server, "MLFLOW_EXPERIMENT_NAME": "program"}
    ended = program("-m", "digits", "train", "smoke", "--track", "mlflow", cwd=tmp_path, env=environment)
    assert "test accuracy" in ended.stdout and "mlflow   run " in ended.stderr
    program("-m", "digits", "train", "smoke", "--seeds", "1,2", "--track=mlflow", cwd=tmp_path, env=environment)
    client = mlflow.MlflowClient(tracking_uri=server)
    experiment = client.get_experiment_by_name("program").experiment_id
    runs = client.search_runs([experiment], order_by=["attributes.start_time ASC"])
    assert [run.info.run_name for run in runs] == ["smoke-001", "seed-1", "seed-2"]
    check(client, runs[0], tmp_path / "artifacts/smoke-001")


def test_a_server_that_is_away_costs_no_run(tmp_path):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    command = [sys.executable, "-m", "digits", "train", "smoke", "--track", "mlflow"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1 and "digits.mlflow.log_run" in ended.stderr
    assert (tmp_path / "artifacts/smoke-001/summary.json").is_file()


def test_sweeps_are_tracked(server, tmp_path):
    pytest.importorskip("optuna", reason="NOT TESTED: Optuna is not to be had")
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server, "MLFLOW_EXPERIMENT_NAME": "sweep"}
    space = ["--set", "training.optimizer.learning_rate=log:1e-4:1e-2", "--set", "training.evaluate_every=20"]
    words = ["-m", "digits.sweep", "smoke", *space, "--trials", "3", "--track", "mlflow"]
    program(*words, cwd=tmp_path, env=environment)
    client = mlflow.MlflowClient(tracking_uri=server)
    runs = client.search_runs([client.get_experiment_by_name("sweep").experiment_id])
    assert {run.info.run_name for run in runs} == {f"smoke-sweep-trial-{number:03}" for number in range(3)}
    assert {run.data.tags["digits.study"] for run in runs} == {"smoke-sweep"}

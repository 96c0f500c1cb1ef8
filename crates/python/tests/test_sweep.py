"""Of sweeps what needs neither Optuna nor Ray: spaces, owners, figures of runs and the page."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import digits
from digits.sweep import Plan, Trial, best_of, parse
from digits.sweep._charts import Chart, bars
from digits.sweep._owners import Watch, me
from digits.sweep._plan import curve_of, has_come_to_its_end
from digits.sweep._space import override


def test_spaces_are_read_as_they_are_written():
    words = [
        "training.optimizer.learning_rate=log:1e-4:0.1",
        "model.dropout=linear:0:0.5",
        "training.batch_size=int:16:128:16",
        "model.convolutions.0.channels=int-log:4:64",
        "training.optimizer.kind=one-of:sgd,adamw",
        "model.dense=one-of:[120, 84],[64]",
    ]
    ranges, fixed = parse([*words, "training.epochs=3", "name=a:b"])
    assert fixed == ["training.epochs=3", "name=a:b"]
    assert [item.to_text() for item in ranges[:5]] == [
        words[0].replace("1e-4", "0.0001"),
        "model.dropout=linear:0.0:0.5",
        *words[2:5],
    ]
    assert ranges[5].options == ("[120, 84]", "[64]")
    assert override("model.dense", "[64]") == "model.dense=[64]"
    assert override("a.kind", "sgd") == 'a.kind="sgd"' and override("a.b", True) == "a.b=true"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("dropout", "expected KEY=SPACE"),
        ("a.b=log:1", "expected log:LOW:HIGH"),
        ("a.b=log:0:1", "zero has no logarithm"),
        ("a.b=linear:2:1", "LOW below HIGH"),
        ("a.b=linear:0:nan", "LOW below HIGH"),
        ("a.b=int:1:2.5", "a whole number"),
        ("a.b=int:1:9:0", "a whole number"),
        ("a.b=one-of:1", "two or more"),
    ],
)
def test_what_is_wrong_with_a_space_is_said(word, said):
    with pytest.raises(digits.RecipeError, match=said):
        parse([word])
    with pytest.raises(digits.RecipeError, match="each key once"):
        parse(["a.b=int:1:2", "a.b=log:1:2"])


@pytest.mark.skipif(os.name != "posix", reason="processes are looked for otherwise there")
def test_a_process_that_ends_is_lost_and_one_elsewhere_after_its_silence():
    text = "import sys; from digits.sweep._owners import me; print(me(), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", text]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        owner = eval(other.stdout.readline())
        watch = Watch(patience=1000)
        assert not watch.is_lost(1, owner, None) and not watch.is_lost(2, me(), None)
        other.kill()
        other.wait()
        assert watch.is_lost(1, owner, None)
    far = {**owner, "machine": "far away"}
    assert not watch.is_lost(3, far, 1)
    impatient = Watch(patience=-1)
    assert impatient.is_lost(3, far, 1)


def test_a_killed_run_is_gone_on_with_and_a_finished_one_left_alone(tmp_path):
    ranges, fixed = parse(["training.optimizer.learning_rate=log:1e-4:1e-2", "training.evaluate_every=10"])
    plan = Plan("smoke", tuple(ranges), (*fixed, "checkpoint.every_steps=10"), tmp_path)
    run, values = tmp_path / "trial", {"training.optimizer.learning_rate": 0.003}
    seen = []

    def stop(record):
        seen.append(record.step)
        return len(seen) < 3

    plan.train(run, values, stop)
    assert seen == [10, 20, 30] and not has_come_to_its_end(run)
    plan.train(run, values, lambda record: seen.append(record.step))
    assert seen == [10, 20, 30, 40, 50, 60] and has_come_to_its_end(run)
    plan.train(run, values, seen.append)
    assert len(seen) == 6
    curve = curve_of(run, "validation_accuracy")
    assert [place for place, _ in curve] == [1, 2, 3, 4, 5, 6]
    assert plan.value_of(run) == max(value for _, value in curve)
    with pytest.raises(digits.RecipeError, match="is done"):
        digits.resume(run)
    assert digits.resume(run, steps=70) == run and len(curve_of(run, "validation_loss")) == 7


def test_the_best_is_the_first_of_the_best(tmp_path):
    trials = [
        Trial(0, "complete", {}, 0.5),
        Trial(1, "pruned", {}),
        Trial(2, "complete", {}, 0.75),
        Trial(3, "complete", {}, 0.75),
        Trial(4, "failed", {}),
    ]
    plan = Plan("cnn", (), (), tmp_path)
    assert best_of(plan, trials).number == 2
    assert best_of(Plan("cnn", (), (), tmp_path, objective="validation_loss"), trials).number == 0
    assert best_of(plan, trials[1:2]) is None


def test_drawings_are_whole_and_within_their_edges():
    chart = Chart([1e-4, 1e-1], [0.5, 0.5], x_label="a < b", y_label="accuracy", x_log=True)
    chart.point((1e-3, 0.5), "best", 'of "one" & all')
    chart.line([(1e-4, 0.5), (1e-1, 0.5)], "best")
    drawn = ET.fromstring(chart.to_svg())
    dot = drawn.find("circle")
    assert 64 < float(dot.get("cx")) < 708 and 12 < float(dot.get("cy")) < 226
    assert dot.find("title").text == 'of "one" & all'
    assert len(ET.fromstring(bars({"a": 0.75, "b": 0.25})).findall("rect")) == 2

"""Measures every figure of the README's table of results anew, and writes it there: mean and deviation over the seeds.

    cargo build --workspace
    MNIST_DIR=FOLDER-OF-MNIST python3 scripts/records.py
    MNIST_DIR=FOLDER-OF-MNIST python3 scripts/records.py fast linear     # these alone

A run that is done is not trained again, and one that was stopped goes on: runs are in --out, a folder a recipe and a
seed. What is chosen is chosen on the validation images; the test images are read once a run. The table in docs/results.md
has the rest: validation, calibration, all seeds together, machine and commit.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target" / "debug"
# Recipe, and what the README says of its network.
RECIPES = {
    "best": "a residual network, for MNIST alone",
    "pictures": "the same, for photos and numbers, too",
    "mnist": "LeNet, for MNIST alone",
    "mnist-taught": "the same, taught by five of them",
    "mnist-taught-by-pictures": "the same, each taught by one of those",
    "accurate": "LeNet, augmented images, other pens, averaged weights",
    "cnn": "the same, shorter",
    "fast": "LeNet, quickly past 99 %",
    "dense": "784–512–256–128–10, augmented images",
    "synthetic": "LeNet, on digits drawn by the program alone",
    "synthetic-taught": "the same, taught by five of them",
    "linear": "softmax regression",
}
SPLIT = 'data.split="last"'


class Lesson(typing.NamedTuple):
    """What learns from trained networks: no teacher has seen its validation images, or it has none and trains on all."""

    student: str
    teacher: str
    # Of the teachers; none where each student has one, of its own seed.
    seeds: typing.Optional[range]
    views: int
    key: str


LESSONS = {
    "mnist-taught": Lesson("mnist", "mnist", range(1, 6), 3, "data.validation=0"),
    "mnist-taught-by-pictures": Lesson("mnist", "pictures", None, 1, "data.validation=0"),
    "synthetic-taught": Lesson("synthetic", "synthetic", range(1, 6), 3, SPLIT),
}
# What sees other digits than MNIST's in training, and is tested on those of MNIST all the same.
DRAWN = ["synthetic", "synthetic-taught"]
NUMBERS = {3: "three", 5: "five"}
HEAD = "| recipe | network | parameters | MNIST test accuracy | training |"
TITLE = "## Records"
LINK = "docs/results.md#records"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", default=list(RECIPES), choices=[*RECIPES, []], help="all where none is named")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=101)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "artifacts" / "records")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def run(*command):
    found = subprocess.run([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode != 0:
        sys.exit(f"{command[0]} ended with {found.returncode}")
    return found.stdout


def ended(recipe, seed, device, folder, *sets):
    """The summary of a run, which is trained, or gone on with, where there is none of a whole one."""
    summary = folder / "summary.json"
    if not summary.is_file() or json.loads(summary.read_text())["ending"] == "interrupted":
        print(folder.name, file=sys.stderr)
        if (folder / "config.toml").is_file():
            run(PROGRAMS / "train", "--resume", folder, "-q")
        else:
            sets = [part for one in sets for part in ("--set", one)]
            run(PROGRAMS / "train", recipe, "--seed", seed, "--device", device, "--out", folder, "-q", *sets)
    return json.loads(summary.read_text())


def trained(recipe, seed, options):
    """The folder and the summary of a run, and before it its teachers."""
    folder = options.out / f"{recipe}-{seed}"
    if lesson := LESSONS.get(recipe):
        if lesson.seeds:
            teachers = f"{lesson.teacher}-teacher-*"
            for teacher in lesson.seeds:
                ended(lesson.teacher, teacher, options.device, options.out / f"{lesson.teacher}-teacher-{teacher}", SPLIT)
        else:
            teachers = f"{lesson.teacher}-{seed}"
            ended(lesson.teacher, seed, options.device, options.out / teachers)
        taught = f'training.distillation={{teachers=["{options.out}/{teachers}"],views={lesson.views}}}'
        found = ended(lesson.student, seed, options.device, folder, lesson.key, taught)
    else:
        found = ended(recipe, seed, options.device, folder)
    if recipe in DRAWN:
        found["test"] = evaluated([folder])
        if found.get("views"):
            found["views"]["accuracy_at_one_view"] = evaluated([folder], "--views", 1)["accuracy"]
    elif found["dataset"]["name"] != "mnist":
        sys.exit("this is not MNIST; set MNIST_DIR to a folder that has it")
    return folder, found


def evaluated(folders, *options):
    models = [part for folder in folders for part in ("--model", folder)]
    found = run(PROGRAMS / "infer", "evaluate", *models, "--dataset", "mnist", "--offline", "--device", "cpu", "--format", "json", *options)
    return json.loads(found)


def spread(values, unit=" %"):
    deviation = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{deviation}{unit}"


def measured(recipe, options):
    seeds = range(options.first, options.first + options.seeds)
    folders, summaries = zip(*(trained(recipe, seed, options) for seed in seeds))
    of = lambda read: [100 * read(summary) for summary in summaries]
    views = summaries[0].get("views", {})
    return {
        "recipe": recipe,
        "seeds": f"{seeds[0]}–{seeds[-1]}",
        "parameters": summaries[0]["parameters"],
        "epochs": summaries[0]["train"]["epochs"],
        "seconds": statistics.median(summary["train"]["seconds"] for summary in summaries),
        "test": spread(of(lambda summary: summary["test"]["accuracy"])),
        "one_view": spread(of(lambda summary: summary["views"]["accuracy_at_one_view"])) if views else None,
        "views": views.get("views", 1),
        "validation": spread(of(lambda summary: summary["validation"]["accuracy"])) if summaries[0]["validation"] else "none",
        "calibration": spread(of(lambda summary: summary["test"]["expected_calibration_error"])),
        "together": f"{100 * evaluated(folders)['accuracy']:.2f} %",
    }


def called(recipe):
    """The first cell of its row."""
    lesson = LESSONS.get(recipe)
    if not lesson:
        return f"`{recipe}.toml`"
    by = "" if lesson.teacher == lesson.student else f" by `{lesson.teacher}.toml`"
    return f"`{lesson.student}.toml`, taught{by}"


def readme_row(found):
    views = f" at {NUMBERS[found['views']]} views, {found['one_view']} at one" if found["views"] > 1 else ""
    epochs = f"{found['epochs']} epochs, {found['seconds']:.0f} s" if found["seconds"] >= 10 else f"{found['epochs']} epochs, {found['seconds']:.1f} s"
    return (f"| {called(found['recipe'])} | {RECIPES[found['recipe']]} | {found['parameters']:,} | "
            f"[{found['test']}]({LINK}){views} | {epochs} |")


def result_row(found):
    one = found["one_view"] or found["test"]
    more = found["test"] if found["one_view"] else ""
    return (f"| {called(found['recipe'])} | {found['seeds']} | {found['validation']} | {one} | {more} | {found['together']} | "
            f"{found['calibration']} | {found['date']}, {found['commit']} |")


def replaced(lines, start, row):
    """Lines with a row of the table that begins two lines after `start`, in the order of the recipes, instead of the row that
    has the same first cell."""
    first = lambda row: row.split("|")[1].strip()
    at = start + 2
    rows = {}
    while at < len(lines) and lines[at].startswith("|"):
        kept = lines.pop(at)
        rows[first(kept)] = kept
    rows[first(row)] = row
    order = [called(recipe) for recipe in RECIPES]
    keys = sorted(rows, key=lambda key: order.index(key) if key in order else len(order))
    lines[at:at] = [rows[key] for key in keys]


def write(found):
    readme = ROOT / "README.md"
    lines = readme.read_text().splitlines()
    replaced(lines, lines.index(HEAD), readme_row(found))
    readme.write_text("\n".join(lines) + "\n")
    results = ROOT / "docs" / "results.md"
    lines = results.read_text().splitlines()
    if TITLE not in lines:
        lines += ["", TITLE, "", "By `just records`: chosen on validation images, tested once a seed, weights and temperature as saved.", "",
                  "| recipe | seeds | validation | test at one view | at three | all seeds together | calibration error | when |",
                  "|---|---|---|---|---|---|---|---|"]
    start = next(at for at in range(lines.index(TITLE), len(lines)) if lines[at].startswith("| recipe"))
    replaced(lines, start, result_row(found))
    results.write_text("\n".join(lines) + "\n")


def main():
    options = arguments()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    options.out.mkdir(parents=True, exist_ok=True)
    options.out = options.out.resolve()
    for recipe in options.recipes:
        found = measured(recipe, options)
        found |= {"date": datetime.date.today().isoformat(), "commit": commit}
        write(found)
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()

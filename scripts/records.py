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
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target" / "debug"
# Recipe, and what the README says of its network.
RECIPES = {
    "best": "a residual network, for MNIST alone",
    "pictures": "the same, for photos and numbers, too",
    "mnist": "LeNet, for MNIST alone",
    "accurate": "LeNet, augmented images, other pens, averaged weights",
    "cnn": "the same, shorter",
    "fast": "LeNet, quickly past 99 %",
    "dense": "784–512–256–128–10, augmented images",
    "synthetic": "LeNet, on digits drawn by the program alone",
    "linear": "softmax regression",
}
# What is taught by other digits than MNIST's, and tested on those of MNIST all the same.
DRAWN = ["synthetic"]
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


def trained(recipe, seed, device, folder):
    """The summary of a run, which is trained, or gone on with, where there is none."""
    summary = folder / "summary.json"
    if not summary.is_file():
        print(f"{recipe}, seed {seed}", file=sys.stderr)
        if (folder / "config.toml").is_file():
            run(PROGRAMS / "train", "--resume", folder, "-q")
        else:
            run(PROGRAMS / "train", recipe, "--seed", seed, "--device", device, "--out", folder, "-q")
    found = json.loads(summary.read_text())
    if recipe in DRAWN:
        found["test"] = evaluated([folder])
        if found.get("views"):
            found["views"]["accuracy_at_one_view"] = evaluated([folder], "--views", 1)["accuracy"]
    elif found["dataset"]["name"] != "mnist":
        sys.exit("this is not MNIST; set MNIST_DIR to a folder that has it")
    return found


def evaluated(folders, *options):
    models = [part for folder in folders for part in ("--model", folder)]
    found = run(PROGRAMS / "infer", "evaluate", *models, "--dataset", "mnist", "--offline", "--device", "cpu", "--format", "json", *options)
    return json.loads(found)


def spread(values, unit=" %"):
    deviation = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{deviation}{unit}"


def measured(recipe, options):
    seeds = range(options.first, options.first + options.seeds)
    folders = [options.out / f"{recipe}-{seed}" for seed in seeds]
    summaries = [trained(recipe, seed, options.device, folder) for seed, folder in zip(seeds, folders)]
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
        "validation": spread(of(lambda summary: summary["validation"]["accuracy"])),
        "calibration": spread(of(lambda summary: summary["test"]["expected_calibration_error"])),
        "together": f"{100 * evaluated(folders)['accuracy']:.2f} %",
    }


def readme_row(found):
    views = f" at {NUMBERS[found['views']]} views, {found['one_view']} at one" if found["views"] > 1 else ""
    epochs = f"{found['epochs']} epochs, {found['seconds']:.0f} s" if found["seconds"] >= 10 else f"{found['epochs']} epochs, {found['seconds']:.1f} s"
    return (f"| `{found['recipe']}.toml` | {RECIPES[found['recipe']]} | {found['parameters']:,} | "
            f"[{found['test']}]({LINK}){views} | {epochs} |")


def result_row(found):
    one = found["one_view"] or found["test"]
    more = found["test"] if found["one_view"] else ""
    return (f"| `{found['recipe']}.toml` | {found['seeds']} | {found['validation']} | {one} | {more} | {found['together']} | "
            f"{found['calibration']} | {found['date']}, {found['commit']} |")


def replaced(lines, start, of, rows):
    """Lines with the rows of a table, which begins two lines after `start`, replaced where they are of a recipe in `rows`,
    and with those that it has not."""
    at = start + 2
    kept = {}
    while at < len(lines) and lines[at].startswith("|"):
        name = re.search(r"`([a-z-]+)\.toml`", lines[at])
        key = (name[1] if name else None, "together" in lines[at].split("|")[1])
        kept[key] = lines.pop(at)
    for name, row in rows.items():
        kept[(name, False)] = row
    order = {name: number for number, name in enumerate(of)}
    keys = sorted(kept, key=lambda key: (order.get(key[0], len(order)), not key[1]))
    lines[at:at] = [kept[key] for key in keys]


def write(found):
    readme = ROOT / "README.md"
    lines = readme.read_text().splitlines()
    replaced(lines, lines.index(HEAD), RECIPES, {one["recipe"]: readme_row(one) for one in found})
    readme.write_text("\n".join(lines) + "\n")
    results = ROOT / "docs" / "results.md"
    lines = results.read_text().splitlines()
    if TITLE not in lines:
        lines += ["", TITLE, "", "By `just records`: chosen on validation images, tested once a seed, weights and temperature as saved.", "",
                  "| recipe | seeds | validation | test at one view | at three | all seeds together | calibration error | when |",
                  "|---|---|---|---|---|---|---|---|"]
    start = next(at for at in range(lines.index(TITLE), len(lines)) if lines[at].startswith("| recipe"))
    replaced(lines, start, RECIPES, {one["recipe"]: result_row(one) for one in found})
    results.write_text("\n".join(lines) + "\n")


def main():
    options = arguments()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    options.out.mkdir(parents=True, exist_ok=True)
    options.out = options.out.resolve()
    for recipe in options.recipes:
        found = measured(recipe, options)
        found |= {"date": datetime.date.today().isoformat(), "commit": commit}
        write([found])
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()

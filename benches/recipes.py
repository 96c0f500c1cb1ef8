"""Every recipe of `configs/` beside PyTorch, in turn, in one run: Markdown tables of images a second and of
what a step of training is spent on.

    python3 -m venv peers && peers/bin/pip install torch numpy
    peers/bin/python benches/recipes.py --data FOLDER-OF-MNIST

Every round trains each recipe for so many steps with this project's library, as its program does, then does
the same in PyTorch: the same network, batch size, optimizer, dropout and number of threads; convolutions in
both of its layouts, of which the quicker one counts. Augmentation and the average of the weights are this
project's alone: where a recipe has them, it does more than its peer. Told are medians over the rounds.
Without torch, or without `--data`, there is no peer, and that is said. Needs Linux, and a machine that has nothing else
to do.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from peers import PEER, ROOT, run, spread

BENCH = "cargo bench --quiet --workspace --profile dev --bench recipes --".split()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, help="folder of MNIST's IDX files; else drawn digits")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=800, help="of each run")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("recipes", nargs="*", type=pathlib.Path, help="all of configs/ where left out")
    return parser.parse_args()


def measure_ours(options, recipe):
    environment = {"RAYON_NUM_THREADS": str(options.threads)}
    if options.data:
        environment["MNIST_DIR"] = str(options.data.resolve())
    output, _ = run([*BENCH, recipe.resolve(), options.steps], environment)
    return json.loads(output.splitlines()[-1])


def measure_pytorch(options, recipe):
    """Images a second in the quicker layout, or nothing where PyTorch has no such layer."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "recipe.json"
        path.write_text(json.dumps(recipe))
        has_images = bool(recipe["model"].get("convolutions"))
        for layout in ["contiguous", "channels_last"] if has_images else ["contiguous"]:
            command = [sys.executable, PEER, "--data", options.data.resolve(), "--recipe", path]
            command += ["--threads", options.threads, "--epochs", 2, "--layout", layout]
            command += ["--steps", options.steps // 2]
            environment = {"OMP_NUM_THREADS": str(options.threads)}
            output, _ = run(command, environment)
            found.append(json.loads(output)["train"])
    return max(found)


def peer_version(options):
    """PyTorch's version, or nothing with the reason said."""
    if not options.data:
        print("No PyTorch: its peer needs --data.", file=sys.stderr)
        return None
    try:
        import torch
    except ImportError:
        print("No PyTorch here: `pip install torch numpy` for the Python that runs this.", file=sys.stderr)
        return None
    return torch.__version__


def speeds(recipes, ours, peers, version):
    peer = f"PyTorch {version}" if version else "PyTorch (missing)"
    yield f"| recipe | batch | here, images/s | {peer}, images/s | ratio |"
    yield "|---|---|---|---|---|"
    for recipe in recipes:
        left = [report["images_per_second"] for report in ours[recipe]]
        right = peers[recipe]
        batch = ours[recipe][0]["recipe"]["training"]["batch_size"]
        ratio = spread([one / other for one, other in zip(left, right)], 2) if right else "–"
        cells = [recipe.stem, str(batch), spread(left), spread(right) if right else "–", ratio]
        yield f"| {' | '.join(cells)} |"


def shares(recipes, ours):
    """The largest shares of a step's time, medians over the rounds."""
    yield "| recipe | share of a step |"
    yield "|---|---|"
    for recipe in recipes:
        rounds = [dict(report["shares"]) for report in ours[recipe]]
        names = {name for one in rounds for name in one}
        median = {name: statistics.median(one.get(name, 0.0) for one in rounds) for name in names}
        listed = sorted(median.items(), key=lambda pair: -pair[1])
        text = ", ".join(f"{name} {100 * share:.0f} %" for name, share in listed if share >= 0.01)
        yield f"| {recipe.stem} | {text} |"


def main():
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    busy = os.getloadavg()[0]
    version = peer_version(options)
    configs = ROOT / "configs"
    recipes = options.recipes or [*sorted(configs.glob("*.toml")), *sorted(configs.glob("tutorials/*.toml"))]
    ours, peers = ({recipe: [] for recipe in recipes} for _ in range(2))
    for number in range(options.rounds):
        for recipe in recipes:
            ours[recipe].append(measure_ours(options, recipe))
            figures = f"{ours[recipe][-1]['images_per_second']:,.0f}"
            if version:
                peers[recipe].append(measure_pytorch(options, ours[recipe][-1]["recipe"]))
                figures += f" : {peers[recipe][-1]:,.0f}"
            print(f"round {number + 1}, {recipe.stem}: {figures}", file=sys.stderr)
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
    setting = f"{options.threads} threads, {options.rounds} rounds of {options.steps} steps, load before {busy:.1f}"
    print("\n".join([f"Commit {commit}: {setting}.", "", *speeds(recipes, ours, peers, version), ""]))
    print("\n".join(shares(recipes, ours)))


if __name__ == "__main__":
    main()

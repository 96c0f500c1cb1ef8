"""The command line of sweeps: `python -m digits.sweep`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from .._digits import RecipeError, SetError
from ._plan import OBJECTIVES, Plan
from ._report import BEST, best_of, write_report
from ._space import KINDS, parse

_DONE, _FAILED, _USAGE, _INTERRUPTED, _TERMINATED = 0, 1, 2, 130, 143
_EXAMPLES = """\
spaces:
  {spaces}
  anything else is a value that all trials have

examples:
  python -m digits.sweep cnn --set training.optimizer.learning_rate=log:1e-4:1e-1 --set model.dropout=linear:0:0.5
  python -m digits.sweep recipe.toml --set training.batch_size=one-of:32,64,128 --storage postgresql://host/sweeps
  python -m digits.sweep recipe.toml --set model.dropout=linear:0:0.5 --engine ray

The same command, started again or on another machine, goes on with the same search. Trials whose process has died are
taken up from their checkpoints."""


def main(words: list[str] | None = None) -> int:
    """Searches, writes the report, and returns the exit code."""
    arguments = _parser().parse_args(words)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("digits.sweep").setLevel(logging.WARNING if arguments.quiet else logging.INFO)
    # As Ctrl-C: the training keeps what there is.
    signal.signal(signal.SIGTERM, _end)
    try:
        return _search(arguments)
    except (RecipeError, SetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _USAGE if isinstance(error, RecipeError) else _FAILED
    except ModuleNotFoundError as error:
        print(f"error: {error}; pip install 'digits[{_extra(arguments)}]'", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt as error:
        print("interrupted: the same command goes on with the search", file=sys.stderr)
        return _TERMINATED if error.args == (_TERMINATED,) else _INTERRUPTED


def _search(arguments: argparse.Namespace) -> int:
    ranges, fixed = parse(arguments.set)
    if not ranges:
        raise RecipeError(f"nothing is searched: expected a --set KEY=SPACE, with one of {'; '.join(KINDS.values())}")
    name = arguments.study or f"{Path(arguments.recipe).stem}-sweep"
    plan = Plan(
        recipe=arguments.recipe,
        ranges=tuple(ranges),
        fixed=tuple(fixed),
        folder=arguments.out or Path("artifacts", name),
        objective=arguments.objective,
        num_trials=arguments.trials,
        sampler=arguments.sampler,
        pruner=arguments.pruner,
        seed=arguments.seed,
        device=arguments.device,
        track=arguments.track is not None,
    )
    if arguments.engine == "ray":
        from ._tune import search

        trials = search(plan, cpus=arguments.cpus, name=name)
    else:
        from ._study import Study

        study = Study(plan, arguments.storage or str(plan.folder / "study.journal"), name, arguments.patience)
        study.work()
        trials = study.trials()
    page = write_report(plan, trials, name)
    best = best_of(plan, trials)
    if best is None:
        print(f"error: no trial came to its end; {page} says why", file=sys.stderr)
        return _FAILED
    print(f"best   trial {best.number}: {plan.objective} {best.value}")
    for key, value in best.values.items():
        print(f"       {key} = {value}")
    print(f"recipe {plan.folder / BEST}\nreport {page}")
    return _DONE


def _parser() -> argparse.ArgumentParser:
    spaces = "\n  ".join(KINDS.values())
    parser = argparse.ArgumentParser(
        prog="python -m digits.sweep",
        description="Searches for the values of a recipe's keys that do best on the validation images.",
        epilog=_EXAMPLES.format(spaces=spaces),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("recipe", help="as `digits train` takes it: a recipe that comes along, a TOML file, or a run folder")
    add("--set", action="append", default=[], metavar="KEY=SPACE", help="a key and what it may be; several times")
    add("--trials", type=_count, default=20, metavar="N", help="of the whole search, not of this process (20)")
    add("--objective", choices=list(OBJECTIVES), default="validation_accuracy", help="what counts (%(default)s)")
    add("--storage", metavar="FILE|URL", help="a journal, or a database of SQLAlchemy's; OUT/study.journal by default")
    add("--study", metavar="NAME", help="what the search is called there; RECIPE-sweep by default")
    add("--out", type=Path, metavar="DIR", help="runs and report; artifacts/STUDY by default. All machines share it")
    add("--sampler", choices=["tpe", "random"], default="tpe", help="how values are chosen (%(default)s)")
    pruners = ["median", "halving", "hyperband", "none"]
    add("--pruner", choices=pruners, default="median", help="which trials are ended early (%(default)s)")
    add("--seed", type=_count, metavar="N", help="of the choice of values; the recipe has its own")
    add("--device", help="as `digits train` takes it")
    add("--patience", type=float, default=60.0, metavar="SECONDS", help="silence after which another machine is lost")
    add("--engine", choices=["optuna", "ray"], default="optuna", help="who runs the trials (%(default)s)")
    add("--cpus", type=float, default=1.0, metavar="N", help="with --engine ray: cores of a trial")
    add("--track", choices=["mlflow"], help="writes every run into MLflow, which MLFLOW_TRACKING_URI names")
    add("--quiet", "-q", action="store_true", help="says only what went wrong, and the result")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, found {number}")
    return number


def _extra(arguments: argparse.Namespace) -> str:
    return "ray" if arguments.engine == "ray" else "mlflow" if arguments.track else "sweep"


def _end(*_: Any) -> NoReturn:
    raise KeyboardInterrupt(_TERMINATED)


if __name__ == "__main__":
    sys.exit(main())

"""The console script `digits`: `digits train …` and `digits infer …`, and `python -m digits …`."""

from __future__ import annotations

import signal
import sys

from ._digits import run_program, version

_USAGE = """\
Trains networks on handwritten digits and reads them

Usage: digits <COMMAND> …

Commands:
  train  Trains a network: digits train cnn
  infer  Classifies pictures and evaluates: digits infer predict --model cnn-001 seven.png

`digits train --help` and `digits infer --help` tell the rest. `digits train --track mlflow …` writes the run into
MLflow once it is done; `python -m digits.sweep --help` tells how recipes are searched."""
_TRACK = "--track"
_FAILED, _USED_WRONGLY = 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Runs a program and returns its exit code, which is that of the program itself."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in ("train", "infer"):
        return _run(words[0], words[1:])
    if words in (["--version"], ["-V"]):
        print(f"digits {version()}")
        return 0
    if words in (["--help"], ["-h"], ["help"]):
        print(_USAGE)
        return 0
    found = f"found `{words[0]}`" if words else "found nothing"
    print(f"error: expected train or infer, {found}\n\n{_USAGE}", file=sys.stderr)
    return 2


def _run(program: str, words: list[str]) -> int:
    tracker = None
    if program == "train":
        tracker, words = _tracker(words)
        if tracker not in (None, "mlflow"):
            print(f"error: {_TRACK}: expected mlflow, found `{tracker}`", file=sys.stderr)
            return _USED_WRONGLY
    if tracker:
        # Said before the training, not after it.
        try:
            import mlflow  # noqa: F401
        except ModuleNotFoundError as error:
            print(f"error: {error}; pip install 'digits[mlflow]'", file=sys.stderr)
            return _FAILED
    # From here on Ctrl-C is the program's.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code, runs = run_program(program, words)
    if tracker:
        from .mlflow import log_run

        for run in runs:
            try:
                print(f"mlflow   run {log_run(run)}", file=sys.stderr)
            except Exception as error:  # noqa: BLE001
                # The run itself is whole, and can be written there later.
                print(f"error: {run}: {error}; once MLflow is there: digits.mlflow.log_run", file=sys.stderr)
                code = code or _FAILED
    return code


def _tracker(words: list[str]) -> tuple[str | None, list[str]]:
    """What `--track` says, and the words without it."""
    for place, word in enumerate(words):
        if word == _TRACK:
            return (words[place + 1] if place + 1 < len(words) else ""), words[:place] + words[place + 2 :]
        if word.startswith(f"{_TRACK}="):
            return word.partition("=")[2], words[:place] + words[place + 1 :]
    return None, words


if __name__ == "__main__":
    sys.exit(main())

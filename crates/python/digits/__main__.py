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

`digits train --help` and `digits infer --help` tell the rest."""


def main(arguments: list[str] | None = None) -> int:
    """Runs a program and returns its exit code, which is that of the program itself."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in ("train", "infer"):
        # From here on Ctrl-C is the program's.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return run_program(words[0], words[1:])
    if words in (["--version"], ["-V"]):
        print(f"digits {version()}")
        return 0
    if words in (["--help"], ["-h"], ["help"]):
        print(_USAGE)
        return 0
    found = f"found `{words[0]}`" if words else "found nothing"
    print(f"error: expected train or infer, {found}\n\n{_USAGE}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

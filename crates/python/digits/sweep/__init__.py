"""Searches for the best recipe: `python -m digits.sweep recipe.toml --set KEY=SPACE …`. Needs Optuna, or Ray.

    python -m digits.sweep cnn --set training.optimizer.learning_rate=log:1e-4:1e-1 --set model.dropout=linear:0:0.5

`pip install digits[sweep]` brings Optuna. Any number of processes on any number of machines may search together: start
the same command with the same `--storage`.
"""

from ._plan import Plan, Trial
from ._report import best_of, importance, write_report
from ._space import Range, parse

__all__ = ["Plan", "Range", "Trial", "best_of", "importance", "parse", "write_report"]

"""What a search may choose: `--set KEY=SPACE`, as a user writes it, as Optuna and as Ray Tune have it."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from typing import Any

from .._digits import RecipeError
from .._training import to_toml

KINDS = {
    "log": "log:LOW:HIGH, a number whose logarithm is even",
    "linear": "linear:LOW:HIGH, a number",
    "int": "int:LOW:HIGH or int:LOW:HIGH:STEP, a whole number",
    "int-log": "int-log:LOW:HIGH, a whole number whose logarithm is even",
    "one-of": "one-of:A,B,C, one of these",
}
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Range:
    """A key of the recipe with the numbers or options that it may have.

    `low` and `high` are within. `step` is 1 for whole numbers, unless it is said otherwise. `options` are TOML, for
    all that is no number has a text there.
    """

    key: str
    is_whole: bool = False
    is_log: bool = False
    low: float = 0.0
    high: float = 0.0
    step: int = 1
    options: tuple[Value, ...] = ()

    def suggest(self, trial: Any) -> Value:
        """A value from a trial of Optuna."""
        if self.options:
            value: Value = trial.suggest_categorical(self.key, self.options)
        elif self.is_whole:
            step = 1 if self.is_log else self.step
            value = trial.suggest_int(self.key, int(self.low), int(self.high), step=step, log=self.is_log)
        else:
            value = trial.suggest_float(self.key, self.low, self.high, log=self.is_log)
        return value

    def of_tune(self) -> Any:
        """The same for Ray Tune, whose upper ends of whole numbers are without."""
        from ray import tune

        if self.options:
            return tune.choice(list(self.options))
        if self.is_whole and self.is_log:
            return tune.lograndint(int(self.low), int(self.high) + 1)
        if self.is_whole and self.step > 1:
            return tune.qrandint(int(self.low), int(self.high), self.step)
        if self.is_whole:
            return tune.randint(int(self.low), int(self.high) + 1)
        return tune.loguniform(self.low, self.high) if self.is_log else tune.uniform(self.low, self.high)

    def distribution(self) -> Any:
        """The same as Optuna stores it."""
        from optuna import distributions

        if self.options:
            return distributions.CategoricalDistribution(self.options)
        if self.is_whole:
            step = 1 if self.is_log else self.step
            return distributions.IntDistribution(int(self.low), int(self.high), log=self.is_log, step=step)
        return distributions.FloatDistribution(self.low, self.high, log=self.is_log)

    def to_text(self) -> str:
        """As a user writes it."""
        if self.options:
            return f"{self.key}=one-of:{','.join(map(str, self.options))}"
        kind = {(True, True): "int-log", (True, False): "int", (False, True): "log", (False, False): "linear"}
        ends = [f"{int(end) if self.is_whole else end}" for end in (self.low, self.high)]
        step = [str(self.step)] if self.step > 1 else []
        return f"{self.key}={':'.join([kind[self.is_whole, self.is_log], *ends, *step])}"


def parse(words: list[str]) -> tuple[list[Range], list[str]]:
    """What is searched, and what has one value: the words of `--set`, for `digits train`."""
    ranges: list[Range] = []
    fixed: list[str] = []
    for word in words:
        key, separator, text = word.partition("=")
        key, text = key.strip(), text.strip()
        if not separator or not key:
            raise RecipeError(f"--set {word}: expected KEY=SPACE, such as model.dropout=linear:0:0.5")
        kind, colon, rest = text.partition(":")
        if not colon or kind not in KINDS:
            fixed.append(word)
        elif kind == "one-of":
            ranges.append(Range(key, options=_options(word, rest)))
        else:
            ranges.append(_numbers(word, key, kind, rest.split(":")))
    keys = [item.key for item in ranges]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise RecipeError(f"--set {twice}: expected each key once, found it {keys.count(twice)} times")
    return ranges, fixed


def _numbers(word: str, key: str, kind: str, parts: list[str]) -> Range:
    wrong = RecipeError(f"--set {word}: expected {KINDS[kind]}, LOW below HIGH")
    is_whole, is_log = kind.startswith("int"), kind.endswith("log")
    if not 2 <= len(parts) <= (3 if kind == "int" else 2):
        raise wrong
    try:
        low, high, *step = (int(part) if is_whole else float(part) for part in parts)
    except ValueError:
        raise wrong from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high) or (step and step[0] < 1):
        raise wrong
    if is_log and low <= 0:
        raise RecipeError(f"--set {word}: expected LOW above 0, found {low}: zero has no logarithm")
    return Range(key, is_whole, is_log, low, high, int(step[0]) if step else 1)


def _options(word: str, text: str) -> tuple[Value, ...]:
    try:
        found = tomllib.loads(f"options = [{text}]")["options"]
    except tomllib.TOMLDecodeError:
        found = [_option(part.strip()) for part in text.split(",")]
    # Optuna stores plain values only: lists and tables are options as the TOML that says them.
    options = tuple(item if isinstance(item, (str, int, float, bool)) else to_toml(word, item) for item in found)
    if len(options) < 2 or any(option == "" for option in options):
        raise RecipeError(f"--set {word}: expected {KINDS['one-of']}, two or more")
    return options


def _option(text: str) -> Any:
    try:
        return tomllib.loads(f"option = {text}")["option"]
    except tomllib.TOMLDecodeError:
        return text


def override(key: str, value: Value) -> str:
    """What `digits train --set` takes."""
    is_toml = isinstance(value, str) and value[:1] in ("[", "{")
    return f"{key}={value if is_toml else to_toml(key, value)}"

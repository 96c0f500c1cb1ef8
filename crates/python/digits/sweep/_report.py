"""What a search came to: a page with importances and curves, a table, and the best recipe. Owns its three files."""

from __future__ import annotations

import csv
import io
import math
import os
import warnings
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import get_args

from ._charts import Chart, bars
from ._plan import OBJECTIVES, Plan, State, Trial
from ._space import Range

PAGE, TABLE, BEST = "report.html", "trials.csv", "best.toml"
_STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#6b7280;--line:#d5d8dd;--mark:#1d4ed8;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e5e7eb;--soft:#9ca3af;--line:#374151;--mark:#93b4ff;--paper:#111418}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:760px;margin:2em auto;
padding:0 1em}
svg{width:100%;font-size:12px}svg text{fill:var(--soft)}.axis{stroke:var(--soft);fill:none}.grid{stroke:var(--line)}
polyline{fill:none;stroke:var(--soft);opacity:.55}polyline.best{stroke:var(--mark);stroke-width:2.5;opacity:1}
circle{fill:var(--soft)}circle.best{fill:var(--mark)}circle.pruned{fill:none;stroke:var(--soft)}.bar{fill:var(--mark)}
div.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}td,th{padding:.2em .6em;text-align:right;
border-bottom:1px solid var(--line)}tr.best{font-weight:600}pre{overflow-x:auto;font-size:13px}
"""


def best_of(plan: Plan, trials: Sequence[Trial]) -> Trial | None:
    """Of several with the same figure, the first."""
    done = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    sign = -1 if plan.is_higher_better else 1
    return min(done, key=lambda trial: (sign * (trial.value or 0), trial.number), default=None)


def write_report(plan: Plan, trials: Sequence[Trial], name: str) -> Path:
    """Writes `report.html`, `trials.csv` and, where a trial came to its end, `best.toml`; returns the page."""
    trials = sorted(trials, key=lambda trial: trial.number)
    best = best_of(plan, trials)
    recipe = _recipe(plan, best, name) if best else None
    plan.folder.mkdir(parents=True, exist_ok=True)
    _replace(plan.folder / TABLE, _table(plan, trials))
    if recipe:
        _replace(plan.folder / BEST, recipe)
    _replace(plan.folder / PAGE, _page(plan, trials, best, recipe, name))
    return plan.folder / PAGE


def importance(plan: Plan, trials: Sequence[Trial]) -> dict[str, float]:
    """The share of each key, by Optuna's PED-ANOVA: how much the values of the better half of the trials differ from
    those of all. Empty where there are too few trials to tell."""
    import optuna

    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction=OBJECTIVES[plan.objective])
    distributions = {item.key: item.distribution() for item in plan.ranges}
    for trial in trials:
        if trial.state == "complete" and trial.value is not None:
            frozen = optuna.create_trial(value=trial.value, params=trial.values, distributions=distributions)
            study.add_trial(frozen)
    if len(study.trials) < 4 or len({trial.value for trial in study.trials}) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.5)
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (RuntimeError, ValueError):
        return {}
    return {key: share for key, share in found.items() if math.isfinite(share)}


def _recipe(plan: Plan, best: Trial, name: str) -> str | None:
    """The recipe that the best run was trained by, as resolved: it repeats the run."""
    file = Path(best.run or "", "config.toml")
    if not file.is_file():
        return None
    values = "".join(f"#   {key} = {value}\n" for key, value in best.values.items())
    lead = f"# The best of the sweep {name}: trial {best.number}, {plan.objective} {best.value}, with\n{values}\n"
    return lead + file.read_text()


def _table(plan: Plan, trials: Sequence[Trial]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [item.key for item in plan.ranges]
    writer.writerow(["trial", "state", plan.objective, *keys, "evaluations", "takeovers", "run", "why"])
    for trial in trials:
        values = [trial.values.get(key) for key in keys]
        told = [len(trial.curve), trial.takeovers, trial.run, trial.why]
        writer.writerow([trial.number, trial.state, trial.value, *values, *told])
    return text.getvalue()


def _page(plan: Plan, trials: Sequence[Trial], best: Trial | None, recipe: str | None, name: str) -> str:
    counts = Counter(trial.state for trial in trials)
    said = ", ".join(f"{counts[state]} {state}" for state in get_args(State) if counts[state])
    parts = [f"<h1>Sweep {escape(name)}</h1><p>{len(trials)} trials of {escape(plan.recipe)}: {said}. "]
    takeovers = sum(trial.takeovers for trial in trials)
    parts.append(f"{takeovers} taken up after their process had died.</p>" if takeovers else "</p>")
    if best:
        parts.append(f"<p>Best: trial {best.number}, {plan.objective} {best.value}.</p>")
        parts.append("<h2>Trials</h2>" + _history(plan, trials, best))
    shares = importance(plan, trials)
    if shares:
        parts.append("<h2>Importance of the keys</h2>" + bars(shares))
        parts.append("<p>By PED-ANOVA over the trials that came to their end; of few trials it says little.</p>")
    if any(trial.curve for trial in trials):
        parts.append("<h2>Curves</h2>" + _curves(plan, trials, best))
    if best:
        parts += [f"<h2>{escape(item.key)}</h2>" + _slice(plan, trials, best, item) for item in plan.ranges]
    parts.append("<h2>All trials</h2>" + _rows(plan, trials, best))
    if recipe:
        parts.append(f"<h2>Best recipe</h2><p>It is in {BEST}.</p><pre>{escape(recipe)}</pre>")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(name)}</title>'
    head += f"<style>{_STYLE}</style>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _history(plan: Plan, trials: Sequence[Trial], best: Trial) -> str:
    done = [(trial.number, trial.value) for trial in trials if trial.value is not None]
    chart = Chart([n for n, _ in done], [v for _, v in done], x_label="trial", y_label=plan.objective)
    choose = max if plan.is_higher_better else min
    so_far = [(number, choose(value for _, value in done[: place + 1])) for place, (number, _) in enumerate(done)]
    chart.line(so_far, "best", "the best so far")
    for number, value in done:
        chart.point((number, value), "best" if number == best.number else "trial", f"trial {number}: {value}")
    return chart.to_svg()


def _curves(plan: Plan, trials: Sequence[Trial], best: Trial | None) -> str:
    points = [point for trial in trials for point in trial.curve]
    chart = Chart([x for x, _ in points], [y for _, y in points], x_label="evaluation", y_label=plan.objective)
    for trial in trials:
        kind = "best" if best and trial.number == best.number else trial.state
        chart.line(trial.curve, kind, f"trial {trial.number}, {trial.state}")
    return chart.to_svg()


def _slice(plan: Plan, trials: Sequence[Trial], best: Trial, item: Range) -> str:
    """The objective by the values of one key."""
    found = [(trial, trial.values[item.key], trial.value) for trial in trials if item.key in trial.values]
    told = [(trial, value, figure) for trial, value, figure in found if figure is not None]
    places = {option: place for place, option in enumerate(item.options)}
    xs = [float(places[value] if places else value) for _, value, _ in told]
    label = ", ".join(f"{place}: {option}" for option, place in places.items()) or item.key
    chart = Chart(xs, [figure for *_, figure in told], x_label=label, y_label=plan.objective, x_log=item.is_log)
    for x, (trial, value, figure) in zip(xs, told, strict=True):
        kind = "best" if trial.number == best.number else "trial"
        chart.point((x, figure), kind, f"trial {trial.number}: {value}, {figure}")
    return chart.to_svg()


def _rows(plan: Plan, trials: Sequence[Trial], best: Trial | None) -> str:
    keys = [item.key for item in plan.ranges]
    heads = "".join(f"<th>{escape(head)}</th>" for head in ["trial", "state", plan.objective, *keys])
    rows = []
    for trial in trials:
        value = "" if trial.value is None else f"{trial.value:.6g}"
        cells = [trial.number, trial.state, value, *(_shown(trial.values.get(key, "")) for key in keys)]
        kind = ' class="best"' if best and trial.number == best.number else ""
        rows.append(f"<tr{kind}>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>")
    return f'<div class="wide"><table><tr>{heads}</tr>{"".join(rows)}</table></div>'


def _shown(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _replace(path: Path, text: str) -> None:
    """Whole, or not at all: several processes may come to the end at the same time."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text)
    os.replace(scratch, path)

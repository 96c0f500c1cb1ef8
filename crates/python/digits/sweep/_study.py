"""A search on Optuna: any number of processes, on any number of machines, ask one study for values and tell it.

A trial whose process has died keeps its number and its values: another process takes it up, from the last checkpoint of
its run. Two that would take up the same one are kept apart by the lock that `train` has on a run folder.
"""

from __future__ import annotations

import logging
import time
import warnings
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from .._digits import RecipeError, TrainingError
from .._training import Evaluation
from ._owners import Beat, Watch, me
from ._plan import OBJECTIVES, Plan, Trial, curve_of, has_come_to_its_end
from ._space import Value

_LOG = logging.getLogger("digits.sweep")
_POLL_SECONDS = 0.5
_MAX_TAKEOVERS = 5
"""A trial that has cost so many processes their lives costs no more."""
_STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


class Study:
    """A study in a storage: a file, which is a journal, or the URL of a database."""

    def __init__(self, plan: Plan, storage: str, name: str, patience: float) -> None:
        self._plan, self._name, self._watch = plan, name, Watch(patience)
        warnings.simplefilter("ignore", ExperimentalWarning)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(
            storage=_storage(storage),
            study_name=name,
            direction=OBJECTIVES[plan.objective],
            pruner=_pruner(plan),
            load_if_exists=True,
        )
        self._agree()

    def _agree(self) -> None:
        """Refuses to search another space, or by another recipe, than those who came before."""
        mine = self._plan.signature()
        theirs = self._study.user_attrs.get("digits")
        if theirs is None:
            self._study.set_user_attr("digits", mine)
            return
        for key, value in mine.items():
            if theirs.get(key) != value:
                raise RecipeError(
                    f"the study `{self._name}` was begun with another {key}: {theirs.get(key)}, and here it is "
                    f"{value}; give another --study"
                )

    def work(self) -> None:
        """Runs trials until there are as many as the plan says, and none is at work any more."""
        while True:
            trial = self._lost() or self._next()
            if trial is not None:
                self._run(trial)
            elif self._running():
                time.sleep(_POLL_SECONDS)
            else:
                return

    def trials(self) -> list[Trial]:
        """All of the study so far."""
        return [self._record(frozen) for frozen in self._study.get_trials(deepcopy=False) if _is_counted(frozen)]

    def _record(self, frozen: FrozenTrial) -> Trial:
        run = frozen.user_attrs.get("run")
        return Trial(
            number=frozen.number,
            state=_STATES.get(frozen.state, "running"),  # type: ignore[arg-type]
            values=dict(frozen.params),
            value=frozen.value if frozen.state == TrialState.COMPLETE else None,
            run=run,
            curve=sorted(frozen.intermediate_values.items()),
            takeovers=frozen.user_attrs.get("takeovers", 0),
            why=frozen.user_attrs.get("why"),
        )

    def _running(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))

    def _next(self) -> optuna.Trial | None:
        """A new trial, where there are to be more."""
        if len(self._study.get_trials(deepcopy=False)) >= self._plan.num_trials:
            return None
        trial = self._study.ask()
        if trial.number < self._plan.num_trials:
            return trial
        # Another process asked at the same moment.
        trial.set_user_attr("surplus", True)
        self._study.tell(trial, state=TrialState.FAIL)
        return None

    def _lost(self) -> optuna.Trial | None:
        """A trial whose process has died, with what it came to."""
        for frozen in self._running():
            attributes = frozen.user_attrs
            if not self._watch.is_lost(frozen.number, attributes.get("owner"), attributes.get("beat")):
                continue
            trial = optuna.Trial(self._study, frozen._trial_id)
            takeovers = attributes.get("takeovers", 0) + 1
            if takeovers > _MAX_TAKEOVERS:
                self._fail(trial, f"{takeovers} processes died at it")
                continue
            _LOG.warning("trial %d has lost its process and is taken up", frozen.number)
            trial.set_user_attr("takeovers", takeovers)
            return trial
        return None

    def _run(self, trial: optuna.Trial) -> None:
        trial.set_user_attr("owner", me())
        folder = self._plan.folder / f"trial-{trial.number:03}"
        trial.set_user_attr("run", str(folder))
        self._study.sampler = _sampler(self._plan, trial.number)
        values = {item.key: item.suggest(trial) for item in self._plan.ranges}
        follower = _Follower(trial, self._plan, folder)
        try:
            with Beat(lambda count: trial.set_user_attr("beat", count)):
                self._train(trial, folder, values, follower)
        except UpdateFinishedTrialError:
            # Whoever took it for lost has told of it.
            _LOG.warning("trial %d was finished by another process", trial.number)

    def _train(self, trial: optuna.Trial, folder: Path, values: dict[str, Value], follower: _Follower) -> None:
        try:
            # A process may have died after the training, or before it could end what was not worth going on with.
            if has_come_to_its_end(folder) or not follower.is_enough():
                self._plan.train(folder, values, follower)
        except TrainingError as error:
            if "another program is at work" in str(error):
                _LOG.warning("trial %d is at work in another process", trial.number)
                time.sleep(_POLL_SECONDS)
                return
            self._fail(trial, str(error))
            return
        except RecipeError as error:
            self._fail(trial, str(error))
            if not any(other.intermediate_values for other in self._study.get_trials(deepcopy=False)):
                # Nothing of this recipe was ever trained: it is wrong itself.
                raise
            return
        # What is told to end at its last evaluation is at its end, and has a value.
        is_pruned = follower.is_pruned and not has_come_to_its_end(folder)
        value = self._plan.value_of(folder)
        if is_pruned:
            self._study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
        elif value is None:
            self._fail(trial, "the run has no validation figures")
        else:
            self._study.tell(trial, value, skip_if_finished=True)
        _LOG.info("trial %d: %s", trial.number, "pruned" if is_pruned else value)
        if self._plan.track:
            from ..mlflow import log_run

            log_run(folder, run_name=f"{self._name}-{folder.name}", tags={"digits.study": self._name})

    def _fail(self, trial: optuna.Trial, why: str) -> None:
        _LOG.warning("trial %d: %s", trial.number, why)
        trial.set_user_attr("why", why)
        self._study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)


class _Follower:
    """Tells a trial of the evaluations of its run, and whether it is not worth going on with."""

    def __init__(self, trial: optuna.Trial, plan: Plan, folder: Path) -> None:
        self._trial, self._plan, self._folder = trial, plan, folder
        self._told = set(trial.storage.get_trial(trial._trial_id).intermediate_values)
        self.is_pruned = False

    def __call__(self, _: Evaluation) -> bool:
        """Called at each evaluation; False ends the training."""
        return not self.is_enough()

    def is_enough(self) -> bool:
        """Tells what `metrics.jsonl` has by now, also of a process that died."""
        for place, value in curve_of(self._folder, self._plan.objective):
            if place not in self._told:
                self._told.add(place)
                self._trial.report(value, place)
        self.is_pruned = bool(self._told) and self._trial.should_prune()
        return self.is_pruned


def _is_counted(frozen: FrozenTrial) -> bool:
    return not frozen.user_attrs.get("surplus")


def _storage(storage: str) -> Any:
    if "://" in storage:
        return storage
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    Path(storage).absolute().parent.mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(storage))


def _sampler(plan: Plan, number: int) -> Any:
    """A trial's own. With a seed it draws by the trial's number, so that no two processes draw the same."""
    seed = None if plan.seed is None else (plan.seed * 1_000_003 + number) % 2**32
    if plan.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    # Trials that are at work elsewhere count as poor ones, so that not all look at the same place.
    return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def _pruner(plan: Plan) -> Any:
    if plan.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
    if plan.pruner == "halving":
        return optuna.pruners.SuccessiveHalvingPruner()
    return optuna.pruners.HyperbandPruner() if plan.pruner == "hyperband" else optuna.pruners.NopPruner()

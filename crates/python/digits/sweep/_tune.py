"""The same search on Ray Tune, whose cluster runs the trials and begins those anew whose machine is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._training import Evaluation
from ._plan import Plan, State, Trial, curve_of, has_come_to_its_end
from ._space import Value

_MAX_FAILURES = 5
_EVALUATION = "evaluation"


def search(plan: Plan, *, cpus: float, name: str) -> list[Trial]:
    """Runs all trials on the cluster that `RAY_ADDRESS` names, or on this machine, `cpus` cores each."""
    import ray
    from ray import tune

    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    mode = "max" if plan.is_higher_better else "min"
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(_train, plan=plan), {"cpu": cpus}),
        param_space={item.key: item.of_tune() for item in plan.ranges},
        tune_config=tune.TuneConfig(
            metric=plan.objective,
            mode=mode,
            num_samples=plan.num_trials,
            search_alg=_searcher(plan),
            scheduler=_scheduler(plan),
        ),
        run_config=tune.RunConfig(
            name="tune",
            storage_path=str(plan.folder.absolute()),
            failure_config=tune.FailureConfig(max_failures=_MAX_FAILURES),
            verbose=0,
        ),
    )
    results: Any = tuner.fit()
    trials = [_record(plan, number, result) for number, result in enumerate(results)]
    if plan.track:
        from ..mlflow import log_run

        for trial in trials:
            if trial.run and Path(trial.run, "config.toml").is_file():
                log_run(trial.run, run_name=f"{name}-{Path(trial.run).name}", tags={"digits.study": name})
    return trials


def _train(config: dict[str, Value], plan: Plan) -> None:
    """A trial, on a worker; again from its last checkpoint where that worker was lost."""
    from ray import tune

    folder = _folder(plan, tune.get_context().get_trial_id())

    def tell(_: Evaluation) -> None:
        place, value = curve_of(folder, plan.objective)[-1]
        # Where the scheduler has seen enough, Tune ends this process here.
        tune.report({plan.objective: value, _EVALUATION: place})

    plan.train(folder, dict(config), tell)


def _folder(plan: Plan, trial_id: str) -> Path:
    return plan.folder.absolute() / f"trial-{trial_id}"


def _record(plan: Plan, number: int, result: Any) -> Trial:
    folder = _folder(plan, result.metrics["trial_id"]) if result.metrics else None
    is_done = folder is not None and has_come_to_its_end(folder)
    state: State = "complete" if is_done else "failed" if result.error else "pruned"
    return Trial(
        number=number,
        state=state,
        values=dict(result.config or {}),
        value=plan.value_of(folder) if folder and is_done else None,
        run=str(folder) if folder else None,
        curve=curve_of(folder, plan.objective) if folder else [],
        why=str(result.error).strip().splitlines()[-1] if result.error else None,
    )


def _searcher(plan: Plan) -> Any:
    if plan.sampler == "random":
        from ray.tune.search.basic_variant import BasicVariantGenerator

        return BasicVariantGenerator(random_state=plan.seed)
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    return OptunaSearch(sampler=optuna.samplers.TPESampler(seed=plan.seed, constant_liar=True))


def _scheduler(plan: Plan) -> Any:
    from ray.tune import schedulers

    if plan.pruner == "none":
        return None
    if plan.pruner == "median":
        return schedulers.MedianStoppingRule(time_attr=_EVALUATION, grace_period=1, min_samples_required=5)
    if plan.pruner == "hyperband":
        return schedulers.HyperBandForBOHB(time_attr=_EVALUATION)
    return schedulers.ASHAScheduler(time_attr=_EVALUATION, max_t=100_000)

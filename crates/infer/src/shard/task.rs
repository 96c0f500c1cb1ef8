//! What the environment of an engine says of the share that is meant.
//!
//! Owns which variables say so without doubt. What leaves a doubt is refused: a share that is guessed wrongly is rows
//! that nobody misses until they are needed.

use super::Shard;
use crate::error::ShardError;

/// Slurm: which task of an array, how many it has, and where and by what it counts.
const SLURM_ID: &str = "SLURM_ARRAY_TASK_ID";
const SLURM_COUNT: &str = "SLURM_ARRAY_TASK_COUNT";
const SLURM_MIN: &str = "SLURM_ARRAY_TASK_MIN";
const SLURM_MAX: &str = "SLURM_ARRAY_TASK_MAX";
/// Kubernetes: which pod of an indexed job, from 0. How many there are is said by whoever writes the job.
const KUBERNETES_INDEX: &str = "JOB_COMPLETION_INDEX";
const KUBERNETES_COUNT: &str = "JOB_COMPLETIONS";
/// `HyperQueue`: the number of a task of an array, as the user counts.
const HQ_ID: &str = "HQ_TASK_ID";

/// The share that the environment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Which.
    pub shard: Shard,
    /// Who says so, for people.
    pub by: String,
}

/// The share that the environment names, by what `variable` finds in it. `count` is how many shards there are, where the
/// user says so.
///
/// # Errors
///
/// [`ShardError::Unclear`] where nothing names one, or leaves a doubt.
pub fn task(
    variable: &dyn Fn(&str) -> Option<String>,
    count: Option<u32>,
) -> Result<Task, ShardError> {
    let known = [SLURM_ID, KUBERNETES_INDEX, HQ_ID];
    let set: Vec<&str> = known
        .into_iter()
        .filter(|name| variable(name).is_some())
        .collect();
    let environment = Environment { variable, count };
    match set[..] {
        [SLURM_ID] => environment.slurm(),
        [KUBERNETES_INDEX] => environment.kubernetes(),
        [_] => environment.hyper_queue(),
        [] => Err(unclear(
            format!("none of {} is set", known.join(", ")),
            "say it: --shard 3/8 is the third of eight".into(),
        )),
        _ => Err(unclear(
            format!("{} are set", set.join(" and ")),
            format!("say which counts, such as --shard ${}/8", set[0]),
        )),
    }
}

struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    count: Option<u32>,
}

impl Environment<'_> {
    /// A whole number of the environment; `None` where the variable is not set.
    fn number(&self, name: &str) -> Result<Option<u32>, ShardError> {
        let Some(text) = (self.variable)(name) else {
            return Ok(None);
        };
        text.trim().parse().map(Some).map_err(|_| {
            unclear(
                format!("{name} is `{text}`, which is no number"),
                "say it: --shard 3/8 is the third of eight".into(),
            )
        })
    }

    fn slurm(&self) -> Result<Task, ShardError> {
        let id = self.number(SLURM_ID)?.unwrap_or_default();
        let count = self.number(SLURM_COUNT)?;
        let first = self.number(SLURM_MIN)?;
        let last = self.number(SLURM_MAX)?;
        let say = |count: Option<u32>| {
            let count = count.map_or("8".into(), |count| count.to_string());
            format!("say it: --shard ${SLURM_ID}/{count}, with --array=1-{count}")
        };
        if let Some(wanted) = self.count {
            // The array may be a part of it: what is run again. Then only its usual way to count is understood.
            return task_of(
                SLURM_ID,
                id,
                first.filter(|_| count == Some(wanted)),
                wanted,
            );
        }
        let Some(count) = count else {
            return Err(unclear(format!("{SLURM_COUNT} is not set"), say(None)));
        };
        let first = first.unwrap_or(1);
        let is_whole = last.is_none_or(|last| last.checked_sub(first) == count.checked_sub(1));
        if first > 1 || !is_whole {
            let last = last.map_or("?".into(), |last| last.to_string());
            let problem = format!(
                "the array's {count} tasks are counted from {first} to {last}: is it a part of another array?"
            );
            return Err(unclear(problem, say(None)));
        }
        task_of(SLURM_ID, id, Some(first), count)
    }

    fn kubernetes(&self) -> Result<Task, ShardError> {
        let index = self.number(KUBERNETES_INDEX)?.unwrap_or_default();
        let Some(count) = self.count.or(self.number(KUBERNETES_COUNT)?) else {
            return Err(unclear(
                format!("{KUBERNETES_INDEX} is {index}, and nothing says of how many"),
                format!(
                    "say --shard auto/8, or set {KUBERNETES_COUNT} to the job's number of completions"
                ),
            ));
        };
        task_of(KUBERNETES_INDEX, index, Some(0), count)
    }

    fn hyper_queue(&self) -> Result<Task, ShardError> {
        let id = self.number(HQ_ID)?.unwrap_or_default();
        let Some(count) = self.count else {
            return Err(unclear(
                format!("{HQ_ID} is {id}, and nothing says of how many"),
                "say --shard auto/8, with hq submit --array 1-8".into(),
            ));
        };
        task_of(HQ_ID, id, Some(1), count)
    }
}

/// The task of this number where they are counted from `first`, from 1 where that is not known.
fn task_of(name: &str, id: u32, first: Option<u32>, count: u32) -> Result<Task, ShardError> {
    let first = first.unwrap_or(1);
    let number = id.checked_sub(first).and_then(|place| place.checked_add(1));
    let shard = number.and_then(|number| Shard::new(number, count));
    let shard = shard.ok_or_else(|| {
        unclear(
            format!("{name} is {id}, which is none of {count} counted from {first}"),
            format!(
                "count from {first} to {}",
                u64::from(first) + u64::from(count) - 1
            ),
        )
    })?;
    Ok(Task {
        shard,
        by: format!("{name} is {id}"),
    })
}

fn unclear(problem: String, hint: String) -> ShardError {
    ShardError::Unclear { problem, hint }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(set: &[(&str, &str)], count: Option<u32>) -> Result<String, String> {
        let variable = |name: &str| {
            let entry = set.iter().find(|(known, _)| *known == name);
            entry.map(|(_, value)| (*value).to_owned())
        };
        let task = task(&variable, count);
        task.map(|task| task.shard.to_string())
            .map_err(|error| format!("{error}; {}", error.hint().unwrap()))
    }

    fn slurm(
        id: &'static str,
        count: &'static str,
        first: &'static str,
        last: &'static str,
    ) -> [(&'static str, &'static str); 4] {
        [
            (SLURM_ID, id),
            (SLURM_COUNT, count),
            (SLURM_MIN, first),
            (SLURM_MAX, last),
        ]
    }

    #[test]
    fn arrays_of_slurm_count_from_0_or_1_and_have_no_gaps() {
        assert_eq!(found(&slurm("3", "8", "1", "8"), None).unwrap(), "3/8");
        assert_eq!(found(&slurm("0", "8", "0", "7"), None).unwrap(), "1/8");
        assert_eq!(found(&slurm("7", "8", "0", "7"), None).unwrap(), "8/8");
        // Two of eight that are run again are not a job of two.
        for again in [slurm("5", "2", "3", "5"), slurm("4", "2", "3", "4")] {
            let problem = found(&again, None).unwrap_err();
            assert!(problem.contains("a part of another array"), "{problem}");
            assert!(
                problem.contains("--shard $SLURM_ARRAY_TASK_ID/8"),
                "{problem}"
            );
        }
        assert_eq!(found(&slurm("5", "2", "3", "5"), Some(8)).unwrap(), "5/8");
        assert!(
            found(&[(SLURM_ID, "3")], None)
                .unwrap_err()
                .contains("COUNT is not set")
        );
        assert!(found(&slurm("x", "8", "1", "8"), None).is_err());
    }

    #[test]
    fn others_need_to_be_told_how_many_there_are() {
        let pod = [(KUBERNETES_INDEX, "0"), (KUBERNETES_COUNT, "4")];
        assert_eq!(found(&pod, None).unwrap(), "1/4");
        assert_eq!(found(&pod[..1], Some(8)).unwrap(), "1/8");
        assert!(found(&pod[..1], None).unwrap_err().contains("of how many"));
        assert_eq!(found(&[(HQ_ID, "8")], Some(8)).unwrap(), "8/8");
        assert!(
            found(&[(HQ_ID, "8")], None)
                .unwrap_err()
                .contains("of how many")
        );
        let from_zero = found(&[(HQ_ID, "0")], Some(8)).unwrap_err();
        assert!(from_zero.contains("count from 1 to 8"), "{from_zero}");
    }

    #[test]
    fn nothing_and_two_engines_leave_a_doubt() {
        assert!(
            found(&[], None)
                .unwrap_err()
                .contains("none of SLURM_ARRAY_TASK_ID")
        );
        let both = [(SLURM_ID, "1"), (HQ_ID, "2")];
        assert!(
            found(&both, Some(8))
                .unwrap_err()
                .contains("SLURM_ARRAY_TASK_ID and HQ_TASK_ID are set")
        );
    }
}

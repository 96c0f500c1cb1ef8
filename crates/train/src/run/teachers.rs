//! The teachers of a run that learns from other runs: finds and loads them, and refuses those who have seen its
//! validation images.

use crate::config::{self, DataConfig, Recipe, SYNTHETIC, SplitKind, Validation};
use crate::dataset::TrainingData;
use crate::run_folder::{CONFIG_FILE, is_run};
use crate::teachers::Teachers;
use console::{Failure, Terminal, find_runs};
use data::KnownSet;
use model::{OpenDevice, load_model};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const KEY: &str = "training.distillation.teachers";

/// The teachers, where the recipe names some.
pub(super) fn find(
    recipe: &Recipe,
    device: &OpenDevice,
    data: &TrainingData,
    terminal: &Terminal,
) -> Result<Option<Arc<Teachers>>, Failure> {
    let Some(config) = &recipe.training.distillation else {
        return Ok(None);
    };
    let mut runs: Vec<PathBuf> = Vec::new();
    for called in &config.teachers {
        runs.extend(find_runs(Path::new(called), &is_run)?);
    }
    let mut named = Vec::with_capacity(runs.len());
    for run in &runs {
        let saved = load_model(run, &device.device)
            .map_err(|error| Failure::usage(format!("{KEY}: {error}")).with_hint(error.hint()))?;
        if saved.manifest.class_names != data.class_names {
            let classes = saved.manifest.class_names.join(", ");
            let message = format!("{KEY}: {} knows other classes: {classes}", run.display());
            return Err(Failure::usage(message));
        }
        let teacher = config::load_saved(&run.join(CONFIG_FILE)).map_err(|error| {
            let shown = run.display();
            Failure::usage(format!(
                "{KEY}: what {shown} has learnt is not known: {error}"
            ))
        })?;
        check_answers(run, &teacher, recipe)?;
        if saved.manifest.dataset.sha256 == data.provenance.sha256 {
            check_split(run, &teacher, recipe)?;
        } else {
            let run = run.display();
            terminal.warn(&format!(
                "{run} was trained on other data; whether these images were among them is not known"
            ));
        }
        named.push((run.display().to_string(), saved.classifier));
    }
    let teachers = Teachers::new(named, config, recipe.loss_options());
    Ok(Some(Arc::new(teachers)))
}

/// A student is to say nothing that its teachers do not know.
fn check_answers(run: &Path, teacher: &Recipe, recipe: &Recipe) -> Result<(), Failure> {
    let ours = recipe.additions.other_answers().into_iter();
    let mut both = ours.zip(teacher.additions.other_answers());
    let Some(((key, _), _)) = both.find(|(ours, theirs)| ours.1 > 0.0 && theirs.1 <= 0.0) else {
        return Ok(());
    };
    let shown = run.display();
    let message = format!("{KEY}: {shown} was trained without {key}, which this recipe has");
    let hint = format!("train the teacher with it, or --set {key}=0");
    Err(Failure::usage(message).with_hint(Some(&hint)))
}

/// What a teacher has trained on tells its student of the right answers: validated, or tested, on such images, the
/// student would seem better than it is.
fn check_split(run: &Path, teacher: &Recipe, recipe: &Recipe) -> Result<(), Failure> {
    if !may_have_seen(teacher, recipe) {
        return Ok(());
    }
    let shown = run.display();
    let message = format!(
        "{KEY}: {shown} has trained on images that this run validates or tests on, or was chosen by \
         them: it was split otherwise"
    );
    Err(Failure::usage(message).with_hint(Some(
        "train both with the same seed, or both with data.split = \"last\", and as many validation images",
    )))
}

/// Whether images that `ours` sets aside, of the same data, may be among those that the teacher trained on.
fn may_have_seen(teacher: &Recipe, ours: &Recipe) -> bool {
    let is_same_seed = teacher.seed == ours.seed;
    // A tenth of one's own images is set aside for the test by the seed.
    let is_own = |data: &DataConfig| {
        let is_known = data.dataset.parse::<KnownSet>().is_ok();
        !is_known && data.dataset != SYNTHETIC && data.test.is_none()
    };
    if is_own(&ours.data) && !is_same_seed {
        return true;
    }
    let (Validation::Images(of_teacher), Validation::Images(of_ours)) =
        (teacher.data.validation, ours.data.validation)
    else {
        // A teacher who validated on the test images was chosen by them, and has trained on all others. A run that does
        // so too says that its own test figures are none.
        return ours.data.validation != Validation::Test;
    };
    match (teacher.data.split, ours.data.split) {
        _ if of_ours == 0 => false,
        (SplitKind::Last, SplitKind::Last) => of_teacher < of_ours,
        (SplitKind::Seeded, SplitKind::Seeded) => !is_same_seed || of_teacher != of_ours,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(seed: u64, split: SplitKind, validation: Validation) -> Recipe {
        Recipe {
            seed,
            data: DataConfig {
                validation,
                split,
                ..DataConfig::default()
            },
            ..Recipe::default()
        }
    }

    #[test]
    fn images_that_are_set_aside_are_not_the_teachers() {
        use SplitKind::{Last, Seeded};
        use Validation::{Images, Test};
        let ours = recipe(1, Seeded, Images(100));
        for (seed, split, validation, expected) in [
            (1, Seeded, Images(100), false),
            (2, Seeded, Images(100), true),
            (1, Seeded, Images(50), true),
            (1, Last, Images(100), true),
            (1, Seeded, Images(0), true),
            (1, Seeded, Test, true),
        ] {
            let teacher = recipe(seed, split, validation);
            assert_eq!(may_have_seen(&teacher, &ours), expected, "{teacher:?}");
        }
        let ours = recipe(1, Last, Images(100));
        assert!(!may_have_seen(&recipe(2, Last, Images(100)), &ours));
        assert!(!may_have_seen(&recipe(2, Last, Images(200)), &ours));
        assert!(may_have_seen(&recipe(2, Last, Images(99)), &ours));
        let ours = recipe(1, Seeded, Images(0));
        assert!(!may_have_seen(&recipe(2, Last, Images(9)), &ours));
        assert!(may_have_seen(&recipe(2, Last, Test), &ours));
        let ours = recipe(1, Seeded, Test);
        assert!(!may_have_seen(&recipe(2, Seeded, Test), &ours));
        assert!(!may_have_seen(&recipe(2, Last, Images(9)), &ours));
        let mut own = recipe(1, Seeded, Images(0));
        own.data.dataset = "mine.csv".into();
        let other = Recipe {
            seed: 2,
            ..own.clone()
        };
        assert!(may_have_seen(&other, &own) && !may_have_seen(&own, &own));
    }
}

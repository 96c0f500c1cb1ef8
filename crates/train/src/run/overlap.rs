//! What another run has trained on tells a run that learns from it, or begins with its weights, of the right answers:
//! validated, or tested, on such images it would seem better than it is.

use crate::config::{DataConfig, Recipe, SYNTHETIC, SplitKind, Validation};
use console::Failure;
use data::KnownSet;
use std::path::Path;

/// Refuses the run `earlier`, named by `key` of the recipe and trained on the same data, where it may have trained on
/// images that `ours` sets aside.
pub(super) fn check_set_aside(
    key: &str,
    run: &Path,
    earlier: &Recipe,
    ours: &Recipe,
) -> Result<(), Failure> {
    if !may_have_seen(earlier, ours) {
        return Ok(());
    }
    let shown = run.display();
    let message = format!(
        "{key}: {shown} has trained on images that this run validates or tests on, or was chosen by \
         them: it was split otherwise"
    );
    Err(Failure::usage(message).with_hint(Some(
        "train both with the same seed, or both with data.split = \"last\", and as many validation images",
    )))
}

/// Whether images that `ours` sets aside, of the same data, may be among those that the run `earlier` trained on.
fn may_have_seen(earlier: &Recipe, ours: &Recipe) -> bool {
    let is_same_seed = earlier.seed == ours.seed;
    // A tenth of one's own images is set aside for the test by the seed.
    let is_own = |data: &DataConfig| {
        let is_known = data.dataset.parse::<KnownSet>().is_ok();
        !is_known && data.dataset != SYNTHETIC && data.test.is_none()
    };
    if is_own(&ours.data) && !is_same_seed {
        return true;
    }
    let (Validation::Images(of_earlier), Validation::Images(of_ours)) =
        (earlier.data.validation, ours.data.validation)
    else {
        // A run that validated on the test images was chosen by them, and has trained on all others. Ours, if it does
        // so too, says that its own test figures are none.
        return ours.data.validation != Validation::Test;
    };
    match (earlier.data.split, ours.data.split) {
        _ if of_ours == 0 => false,
        (SplitKind::Last, SplitKind::Last) => of_earlier < of_ours,
        (SplitKind::Seeded, SplitKind::Seeded) => !is_same_seed || of_earlier != of_ours,
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
    fn images_that_are_set_aside_are_not_the_earlier_runs() {
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

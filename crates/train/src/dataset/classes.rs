//! Which classes there are to tell apart, and what holds for digits alone.

use super::TrainingData;
use crate::config::AdditionsConfig;
use base::MIN_CLASSES;
use console::Failure;
use data::{Dataset, are_digits, are_numbers};

/// The names of a set's classes, in the order of the labels; of labels that are numbers, as many as are `wanted`.
///
/// # Errors
///
/// Where there are others than are wanted, or only one.
pub(super) fn class_names(set: &Dataset, wanted: Option<usize>) -> Result<Vec<String>, Failure> {
    let names = &set.class_names;
    let num_classes = names.len();
    match wanted {
        Some(wanted) if are_numbers(names) => {
            let highest = set.labels().max().unwrap_or(0);
            if usize::from(highest) >= wanted {
                let message = format!(
                    "data.classes is {wanted}, and {} has a label {highest}",
                    set.name
                );
                let hint = format!("--set data.classes={}", usize::from(highest) + 1);
                return Err(Failure::usage(message).with_hint(Some(hint)));
            }
            Ok((0..wanted).map(|class| class.to_string()).collect())
        }
        Some(wanted) if wanted != num_classes => {
            let message = format!(
                "data.classes is {wanted}, and {} names {num_classes} classes: {}",
                set.name,
                names.join(", ")
            );
            let hint = "leave it out: names tell how many there are";
            Err(Failure::usage(message).with_hint(Some(hint)))
        }
        _ if num_classes < MIN_CLASSES => {
            let message = format!(
                "{} has one class, `{}`: there is nothing to tell apart",
                set.name,
                names.concat()
            );
            let hint = "add images of another class";
            Err(Failure::new(message).with_hint(Some(hint)))
        }
        _ => Ok(names.clone()),
    }
}

/// Checks that additions, which are of digits, are wanted of digits alone: to other classes they would add what is none
/// of theirs.
///
/// # Errors
///
/// Names those that are wanted all the same.
pub(super) fn check_additions(
    data: &TrainingData,
    config: &AdditionsConfig,
) -> Result<(), Failure> {
    let kinds = config.kinds().into_iter();
    let wanted = kinds.filter(|(_, share)| *share > 0.0);
    let keys: Vec<&str> = wanted.map(|(key, _)| key).collect();
    if keys.is_empty() || are_digits(&data.class_names) {
        return Ok(());
    }
    let message = format!(
        "{}: these are made for digits, and the classes of {} are others",
        keys.join(", "),
        data.provenance.name
    );
    let hint: Vec<String> = keys.iter().map(|key| format!("--set {key}=0")).collect();
    Err(Failure::usage(message).with_hint(Some(hint.join(" "))))
}

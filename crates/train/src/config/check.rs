//! Checks of a recipe's values, before anything is read or written: the bounds that the types
//! themselves name, then what several keys say together.

use super::data::SYNTHETIC;
use super::find::is_plain;
use super::keys::{element, is_within, properties, range, schema};
use super::origin::below;
use super::{Fallback, Recipe, Validation};
use base::NUM_DIGITS;
use data::KnownSet;
use model::DeviceChoice;
use serde_json::Value as Schema;
use toml::Value;

/// Key and problem of a value that makes no run.
pub(super) type Problem = (String, String);

pub(super) fn require(is_right: bool, key: &str, expected: &str) -> Result<(), Problem> {
    if is_right {
        Ok(())
    } else {
        Err((key.to_string(), format!("must be {expected}")))
    }
}

/// The numbers of a table, and of the tables in it, against their bounds.
fn check_bounds(schema: &Schema, value: &Value, path: &str) -> Result<(), Problem> {
    match value {
        Value::Table(table) => {
            let keys = properties(schema).into_iter().flatten();
            let mut given =
                keys.filter_map(|(name, schema)| Some((name, schema, table.get(name)?)));
            given.try_for_each(|(name, schema, value)| {
                check_bounds(schema, value, &below(path, name))
            })
        }
        Value::Array(list) => {
            let Some(element) = element(schema) else {
                return Ok(());
            };
            let mut list = list.iter().enumerate();
            list.try_for_each(|(index, value)| {
                check_bounds(element, value, &format!("{path}[{index}]"))
            })
        }
        Value::Integer(number) => check_number(schema, *number as f64, path),
        Value::Float(number) => check_number(schema, *number, path),
        _ => Ok(()),
    }
}

fn check_number(schema: &Schema, number: f64, path: &str) -> Result<(), Problem> {
    let expected = range(schema).unwrap_or_else(|| "a finite number".into());
    require(is_within(schema, number), path, &expected)
}

impl Recipe {
    /// Checks every value but whether the layers fit together; `whole` is the recipe as a table.
    ///
    /// # Errors
    ///
    /// Key and problem of the first value that makes no run.
    pub(super) fn check(&self, whole: &toml::Table) -> Result<(), Problem> {
        if let Some(name) = &self.name {
            let is_name = !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.');
            let expected = "letters, digits, `-`, `_` and `.`: it names a folder";
            require(is_name, "name", expected)?;
        }
        let device = self.device.parse::<DeviceChoice>();
        device.map_err(|error| ("device".to_string(), error.to_string()))?;
        check_bounds(&schema(), &Value::Table(whole.clone()), "")?;
        let has_std = self.input.std > 0.0;
        require(has_std, "input.std", "above 0")?;
        self.check_data()?;
        self.augmentation.check()?;
        if let Some(distillation) = &self.training.distillation {
            let key = "training.distillation.teachers";
            require(!distillation.teachers.is_empty(), key, "one run or more")?;
        }
        if self.training.epochs.is_none() && self.training.steps.is_none() {
            let problem = "must be set, or training.steps, or both: whichever ends first";
            return Err(("training.epochs".into(), problem.into()));
        }
        Ok(())
    }

    /// Checks that the network's layers fit together.
    ///
    /// # Errors
    ///
    /// Key and problem of the first that does not.
    pub(super) fn check_network(&self) -> Result<(), Problem> {
        // How many classes there are is the data's to say: what is wrong with layers is so for any number.
        let summary = self.model.summarize(NUM_DIGITS);
        summary
            .map(|_| ())
            .map_err(|error| (format!("model.{}", error.key), error.problem))
    }

    fn check_data(&self) -> Result<(), Problem> {
        let data = &self.data;
        require(!data.dataset.is_empty(), "data.dataset", "a name or a path")?;
        if let Ok(set) = data.dataset.parse::<KnownSet>()
            && set != KnownSet::Mnist
            && data.fallback == Fallback::Synthetic
        {
            let problem = format!(
                "cannot be \"synthetic\" with {}: drawn digits are none of its images, so that \
                 nothing a run says would be about it",
                set.name()
            );
            return Err(("data.fallback".into(), problem));
        }
        if let Some(from) = &data.write_from {
            let is_set = from == SYNTHETIC || from.parse::<KnownSet>().is_ok();
            let known = KnownSet::ALL.map(KnownSet::name).join(", ");
            let expected = format!("one of {known}, {SYNTHETIC}");
            require(is_set, "data.write_from", &expected)?;
        }
        let is_contradiction = data.is_without_test() && data.validation == Validation::Test;
        require(
            !is_contradiction,
            "data.validation",
            "a number of training images where data.test = \"none\"",
        )
    }
}

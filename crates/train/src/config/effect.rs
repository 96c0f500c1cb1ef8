//! Keys that do nothing where they stand. There is one rule for all of them: a key that is given and
//! has no effect is refused, by name, with what it would need. Owns the table of these needs.

use super::additions::AdditionsConfig;
use super::data::SYNTHETIC;
use super::origin::{below, is_below, pattern};
use data::KnownSet;
use toml::{Table, Value};

/// When some keys have an effect.
struct Rule {
    /// The keys; a table's name is for all that is in it.
    keys: &'static [&'static str],
    /// What has to be, in words.
    needs: &'static str,
    /// Whether it is, in a whole recipe. The number is that of the list's element, where the key is
    /// of one.
    holds: fn(&Whole, usize) -> bool,
}

/// A recipe as a table, with every key that has a value.
pub(super) struct Whole<'a>(pub &'a Table);

impl Whole<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        let mut parts = key.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| match value {
            Value::Array(list) => list.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        })
    }

    fn is(&self, key: &str, words: &[&str]) -> bool {
        let word = self.value(key).and_then(Value::as_str);
        word.is_some_and(|word| words.contains(&word))
    }

    fn is_above_zero(&self, key: &str) -> bool {
        match self.value(key) {
            Some(Value::Float(number)) => *number > 0.0,
            Some(Value::Integer(number)) => *number > 0,
            _ => false,
        }
    }

    /// Whether a key names a known data set.
    fn is_known_set(&self, key: &str) -> bool {
        let name = self.value(key).and_then(Value::as_str);
        name.is_some_and(|name| name.parse::<KnownSet>().is_ok())
    }

    fn is_known(&self) -> bool {
        self.is_known_set("data.dataset")
    }

    /// Images of the user's own, from a path.
    fn is_path(&self) -> bool {
        !self.is_known() && !self.is("data.dataset", &[SYNTHETIC])
    }

    fn validates(&self) -> bool {
        self.is_above_zero("data.validation") || self.is("data.validation", &["test"])
    }

    fn has_hidden_layers(&self) -> bool {
        ["model.hidden", "model.dense"].iter().any(|key| {
            let widths = self.value(key).and_then(Value::as_array);
            widths.is_some_and(|widths| !widths.is_empty())
        })
    }
}

const OPTIMIZER: &str = "training.optimizer.kind";
const SCHEDULE: &str = "training.schedule.kind";

/// All of them.
const RULES: &[Rule] = &[
    Rule {
        keys: &["data.dir"],
        needs: "a known data set, such as mnist",
        holds: |recipe, _| recipe.is_known() || recipe.is_known_set("data.write_from"),
    },
    Rule {
        keys: &["data.fallback"],
        needs: "a known data set, such as mnist",
        // To forbid what cannot happen is no mistake.
        holds: |recipe, _| recipe.is_known() || recipe.is("data.fallback", &["none"]),
    },
    Rule {
        keys: &[
            "data.rows",
            "data.classes",
            "data.test",
            "data.write_from",
            "data.orientation",
            "data.on_error",
        ],
        needs: "images of your own: a path as data.dataset",
        holds: |recipe, _| recipe.is_path(),
    },
    Rule {
        keys: &["data.synthetic"],
        needs: "drawn digits: as data.dataset, data.fallback or data.write_from",
        holds: |recipe, _| {
            let stands_in = recipe.is_known() && recipe.is("data.fallback", &[SYNTHETIC]);
            let places = ["data.dataset", "data.write_from"];
            stands_in || places.iter().any(|key| recipe.is(key, &[SYNTHETIC]))
        },
    },
    Rule {
        keys: &["data.split"],
        needs: "a number of training images as data.validation",
        holds: |recipe, _| recipe.is_above_zero("data.validation"),
    },
    Rule {
        keys: &["additions.refresh_every"],
        needs: "additions.pens, additions.touching, additions.pairs, additions.european or additions.letters above 0",
        holds: |recipe, _| {
            let kinds = AdditionsConfig::default().kinds();
            kinds.iter().any(|(key, _)| recipe.is_above_zero(key))
        },
    },
    Rule {
        keys: &["augmentation.taper"],
        needs: "a change of images in [augmentation]",
        holds: |recipe, _| {
            let strengths = [
                "rotation_degrees",
                "shift_pixels",
                "shear_degrees",
                "elastic_pixels",
            ];
            let is_changed = |key: &&str| recipe.is_above_zero(&below("augmentation", key));
            let scale = ["augmentation.scale.0", "augmentation.scale.1"];
            let is_scaled = scale.iter().any(|key| {
                let factor = recipe.value(key).and_then(Value::as_float);
                factor.is_some_and(|factor| (factor - 1.0).abs() > 0.0)
            });
            is_scaled
                || strengths.iter().any(is_changed)
                || recipe.is_above_zero("augmentation.erase_probability")
        },
    },
    Rule {
        keys: &["augmentation.elastic_smoothing_pixels"],
        needs: "augmentation.elastic_pixels above 0",
        holds: |recipe, _| recipe.is_above_zero("augmentation.elastic_pixels"),
    },
    Rule {
        keys: &["augmentation.erase_pixels"],
        needs: "augmentation.erase_probability above 0",
        holds: |recipe, _| recipe.is_above_zero("augmentation.erase_probability"),
    },
    Rule {
        keys: &["model.activation", "model.dropout"],
        needs: "hidden dense layers",
        holds: |recipe, _| recipe.has_hidden_layers(),
    },
    Rule {
        keys: &["model.dropout_on"],
        needs: "model.dropout above 0",
        holds: |recipe, _| recipe.is_above_zero("model.dropout"),
    },
    Rule {
        keys: &["model.initializer.std"],
        needs: "model.initializer.weights = \"normal\" or \"truncated-normal\"",
        holds: |recipe, _| {
            let kinds = ["normal", "truncated-normal"];
            recipe.is("model.initializer.weights", &kinds)
        },
    },
    Rule {
        keys: &["model.convolutions.*.pool_size"],
        needs: "a pool = \"max\" or \"average\" in the same layer",
        holds: |recipe, index| {
            let key = format!("model.convolutions.{index}.pool");
            recipe.is(&key, &["max", "average"])
        },
    },
    Rule {
        keys: &[
            "training.monitor",
            "training.restore_best",
            "training.early_stopping",
        ],
        needs: "validation images (data.validation)",
        holds: |recipe, _| recipe.validates(),
    },
    Rule {
        keys: &["training.label_smoothing"],
        needs: "labels that count (training.distillation.weight below 1)",
        holds: |recipe, _| {
            let weight = recipe.value("training.distillation.weight");
            weight.is_none_or(|weight| weight.as_float().is_some_and(|weight| weight < 1.0))
        },
    },
    Rule {
        keys: &["training.last_layers"],
        needs: "weights to begin with (init)",
        holds: |recipe, _| recipe.value("init").is_some(),
    },
    Rule {
        keys: &["checkpoint.every_steps", "checkpoint.every_seconds"],
        needs: "checkpoint.keep above 0",
        holds: |recipe, _| recipe.is_above_zero("checkpoint.keep"),
    },
    Rule {
        keys: &["training.optimizer.momentum"],
        needs: "training.optimizer.kind = \"sgd\" or \"rms-prop\"",
        holds: |recipe, _| recipe.is(OPTIMIZER, &["sgd", "rms-prop"]),
    },
    Rule {
        keys: &["training.optimizer.nesterov"],
        needs: "training.optimizer.kind = \"sgd\" and a momentum above 0",
        holds: |recipe, _| {
            let momentum = "training.optimizer.momentum";
            recipe.is(OPTIMIZER, &["sgd"]) && recipe.is_above_zero(momentum)
        },
    },
    Rule {
        keys: &["training.optimizer.beta_1", "training.optimizer.beta_2"],
        needs: "training.optimizer.kind = \"adam\" or \"adamw\"",
        holds: |recipe, _| recipe.is(OPTIMIZER, &["adam", "adamw"]),
    },
    Rule {
        keys: &["training.optimizer.alpha"],
        needs: "training.optimizer.kind = \"rms-prop\"",
        holds: |recipe, _| recipe.is(OPTIMIZER, &["rms-prop"]),
    },
    Rule {
        keys: &["training.optimizer.epsilon"],
        needs: "training.optimizer.kind = \"adam\", \"adamw\" or \"rms-prop\"",
        holds: |recipe, _| recipe.is(OPTIMIZER, &["adam", "adamw", "rms-prop"]),
    },
    Rule {
        keys: &["training.schedule.warmup_steps"],
        needs: "a training.schedule.kind other than \"one-cycle\", which has a rise of its own",
        holds: |recipe, _| !recipe.is(SCHEDULE, &["one-cycle"]),
    },
    Rule {
        keys: &["training.schedule.final_share"],
        needs: "training.schedule.kind = \"cosine\" or \"one-cycle\"",
        holds: |recipe, _| recipe.is(SCHEDULE, &["cosine", "one-cycle"]),
    },
    Rule {
        keys: &["training.schedule.rise"],
        needs: "training.schedule.kind = \"one-cycle\"",
        holds: |recipe, _| recipe.is(SCHEDULE, &["one-cycle"]),
    },
    Rule {
        keys: &["training.schedule.every_epochs", "training.schedule.factor"],
        needs: "training.schedule.kind = \"step\"",
        holds: |recipe, _| recipe.is(SCHEDULE, &["step"]),
    },
];

/// The rule for a key, where there is one.
fn rule(key: &str) -> Option<&'static Rule> {
    let pattern = pattern(key);
    RULES
        .iter()
        .find(|rule| rule.keys.iter().any(|of| is_below(&pattern, of)))
}

/// What a key needs to have an effect, where it needs something.
pub(super) fn needs(key: &str) -> Option<&'static str> {
    rule(key).map(|rule| rule.needs)
}

/// What a key lacks to have an effect in a recipe; nothing where it has one.
pub(super) fn lack(key: &str, recipe: &Whole) -> Option<&'static str> {
    let index = key.split('.').find_map(|part| part.parse().ok());
    let rule = rule(key)?;
    (!(rule.holds)(recipe, index.unwrap_or_default())).then_some(rule.needs)
}

/// Every key of a table that is no table itself, by its path.
pub(super) fn given_keys(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (name, value) in table {
        collect(name.clone(), value, &mut keys);
    }
    keys
}

fn collect(path: String, value: &Value, keys: &mut Vec<String>) {
    match value {
        // An empty table is given too: it asks for its defaults.
        Value::Table(table) if !table.is_empty() => {
            for (name, value) in table {
                collect(below(&path, name), value, keys);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for (index, value) in list.iter().enumerate() {
                collect(format!("{path}.{index}"), value, keys);
            }
        }
        _ => keys.push(path),
    }
}

#[cfg(test)]
mod tests;

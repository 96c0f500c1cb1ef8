//! Single values in the table of a recipe: how they get in, and out.

use super::wording::{did_you_mean, nearest, plain};
use super::{ConfigError, Override};
use toml::{Table, Value};

/// Takes a key out of the tables; whether it was there.
pub(super) fn remove(table: &mut Table, key: &str) -> bool {
    match key.split_once('.') {
        None => table.remove(key).is_some(),
        Some((first, rest)) => {
            let below = table.get_mut(first).and_then(Value::as_table_mut);
            below.is_some_and(|below| remove(below, rest))
        }
    }
}

/// Takes the keys out of `[model]` that a network of another kind does not have.
pub(super) fn drop_other_kinds_keys(
    table: &mut Table,
    change: &Override,
) -> Result<Vec<String>, ConfigError> {
    let Some(model) = table.get_mut("model").and_then(Value::as_table_mut) else {
        return Ok(Vec::new());
    };
    let kind = Table::from_iter([("kind".to_string(), change.value.clone())]);
    let network: Result<model::NetworkConfig, toml::de::Error> = Value::Table(kind).try_into();
    let network = network.map_err(|error| ConfigError::Wrong {
        origin: change.source.clone(),
        problem: plain(error.message()),
        suggestion: nearest(error.message()).map(did_you_mean),
    })?;
    let keys = Table::try_from(&network).unwrap_or_default();
    let others: Vec<String> = model
        .keys()
        .filter(|key| !keys.contains_key(*key))
        .cloned()
        .collect();
    for key in &others {
        model.remove(key);
    }
    Ok(others
        .into_iter()
        .map(|key| format!("model.{key}"))
        .collect())
}

/// Says which kind `[model]` is, where there is none yet: keys of it need one.
pub(super) fn name_the_kind(table: &mut Table) {
    let default = Table::try_from(model::NetworkConfig::default()).unwrap_or_default();
    if let (false, Some(kind)) = (table.contains_key("model"), default.get("kind")) {
        let model = Table::from_iter([("kind".to_string(), kind.clone())]);
        table.insert("model".into(), Value::Table(model));
    }
}

/// Puts one value into the table, making the tables on the way.
pub(super) fn put(table: &mut Table, change: &Override) -> Result<(), ConfigError> {
    let (parents, last) = match change.key.rsplit_once('.') {
        Some((parents, last)) => (parents.split('.').collect(), last),
        None => (Vec::new(), change.key.as_str()),
    };
    let mut root = Value::Table(std::mem::take(table));
    let result = put_below(&mut root, &parents, last, &change.value);
    if let Value::Table(changed) = root {
        *table = changed;
    }
    result.map_err(|(problem, suggestion)| ConfigError::Wrong {
        origin: change.source.clone(),
        problem,
        suggestion,
    })
}

/// What is wrong, and the way out.
type Refusal = (String, Option<String>);

fn put_below(root: &mut Value, parents: &[&str], key: &str, value: &Value) -> Result<(), Refusal> {
    let mut place = root;
    for (depth, part) in parents.iter().enumerate() {
        place = step_into(place, &parents[..depth], part)?;
    }
    match place {
        Value::Table(table) => {
            table.insert(key.to_string(), value.clone());
        }
        Value::Array(list) => *element(list, parents, key)? = value.clone(),
        _ => return Err((format!("`{}` is not a table", parents.join(".")), None)),
    }
    Ok(())
}

fn step_into<'a>(
    place: &'a mut Value,
    before: &[&str],
    part: &str,
) -> Result<&'a mut Value, Refusal> {
    match place {
        Value::Table(table) => Ok(table
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()))),
        Value::Array(list) => element(list, before, part),
        _ => Err((
            format!("`{}` is neither a table nor a list", before.join(".")),
            None,
        )),
    }
}

/// An element of a list by its number.
fn element<'a>(
    list: &'a mut [Value],
    parents: &[&str],
    number: &str,
) -> Result<&'a mut Value, Refusal> {
    let name = parents.join(".");
    let length = list.len();
    let whole: Vec<String> = list.iter().map(ToString::to_string).collect();
    let index = number.parse::<usize>().ok();
    index.and_then(|index| list.get_mut(index)).ok_or_else(|| {
        let numbers = match length {
            0 => "none".to_string(),
            1 => "number 0".to_string(),
            _ => format!("numbers 0 to {}", length - 1),
        };
        let problem =
            format!("the list has {length} elements, {numbers}: `{name}` has no `{number}`");
        (
            problem,
            Some(format!(
                "--set '{name}=[{}]' sets the whole list",
                whole.join(", ")
            )),
        )
    })
}

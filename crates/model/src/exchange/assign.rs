//! Which tensor of a file belongs to which of a network.
//!
//! By name, where the names are ours. Else a layer of the file is what stands before the last point of a name, and goes to
//! the layer of ours with the same weights' shape. Where several have the same, their names must differ in numbers alone,
//! and they are taken in that order: nothing is guessed from names.

use crate::exchange_error::ExchangeError;
use crate::weights::NamedWeights;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Tensors in the order and with the names of the network's, and what was taken for what where names differ.
pub(super) struct Assigned {
    pub(super) tensors: Vec<NamedWeights>,
    pub(super) renamed: Vec<String>,
}

/// What every layer has, and what only some have.
const WEIGHT: &str = "weight";
const BIAS: &str = "bias";
const RUNNING_MEAN: &str = "running_mean";

type Parameters = BTreeMap<String, NamedWeights>;

/// Finds the tensors that `wanted` are, of which only names and shapes count.
pub(super) fn assign(
    found: Vec<NamedWeights>,
    wanted: &[NamedWeights],
) -> Result<Assigned, ExchangeError> {
    if found.is_empty() {
        let problem = "there are no tensors of floats in it";
        return Err(ExchangeError::NoWeights(problem.into()));
    }
    let mut theirs = layers(found);
    let ours = order(wanted);
    let is_ours = ours.iter().all(|layer| theirs.contains_key(*layer));
    let mut places = BTreeMap::new();
    if is_ours {
        places.extend(ours.iter().map(|layer| (*layer, layer.to_string())));
    } else {
        by_shape(&theirs, wanted, &ours, &mut places)?;
    }
    let mut tensors = Vec::new();
    for tensor in wanted {
        let (layer, parameter) = split(&tensor.name);
        let place = places.get(layer).cloned().unwrap_or_default();
        let theirs = theirs.get_mut(&place);
        let taken = theirs.and_then(|parameters| parameters.remove(parameter));
        tensors.push(fitting(taken, tensor, &place, parameter)?);
    }
    let left = theirs.iter().flat_map(|(layer, parameters)| {
        let names = parameters.keys();
        names.map(move |name| format!("`{}`", joined(layer, name)))
    });
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        let problem = format!("it has {}, which the network has not", few(&left));
        return Err(ExchangeError::Mismatch(problem));
    }
    let renamed = places.into_iter().filter(|(ours, theirs)| ours != theirs);
    let renamed = renamed.map(|(ours, theirs)| format!("{theirs} → {ours}"));
    Ok(Assigned {
        tensors,
        renamed: renamed.collect(),
    })
}

/// The tensor under our name, checked.
fn fitting(
    taken: Option<NamedWeights>,
    wanted: &NamedWeights,
    layer: &str,
    parameter: &str,
) -> Result<NamedWeights, ExchangeError> {
    let name = joined(layer, parameter);
    let Some(taken) = taken else {
        // Layers may be without biases, which ours always have.
        if parameter == BIAS {
            let values = vec![0.0; wanted.shape.iter().product()];
            return Ok(NamedWeights {
                values,
                ..wanted.clone()
            });
        }
        let problem = format!("`{name}` {:?} is missing", wanted.shape);
        return Err(ExchangeError::Mismatch(problem));
    };
    if taken.shape != wanted.shape {
        let problem = format!("`{name}` is {:?}, expected {:?}", taken.shape, wanted.shape);
        return Err(ExchangeError::Mismatch(problem));
    }
    if taken.values.iter().any(|value| !value.is_finite()) {
        return Err(ExchangeError::NotFinite(name));
    }
    Ok(NamedWeights {
        name: wanted.name.clone(),
        ..taken
    })
}

/// What tells layers apart but for their names: the weights' shape, and whether there are running statistics.
fn signature(shape: &[usize], has_statistics: bool) -> String {
    let what = if has_statistics { ", batch norm" } else { "" };
    format!("{shape:?}{what}")
}

fn by_shape<'a>(
    theirs: &BTreeMap<String, Parameters>,
    wanted: &[NamedWeights],
    ours: &[&'a str],
    places: &mut BTreeMap<&'a str, String>,
) -> Result<(), ExchangeError> {
    let mut by_signature: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (layer, parameters) in theirs {
        let Some(weight) = parameters.get(WEIGHT) else {
            let first = parameters.keys().next().map_or("", String::as_str);
            let problem = format!(
                "`{}` belongs to no layer with a weight",
                joined(layer, first)
            );
            return Err(ExchangeError::Mismatch(problem));
        };
        let signature = signature(&weight.shape, parameters.contains_key(RUNNING_MEAN));
        by_signature.entry(signature).or_default().push(layer);
    }
    let mut ours_by_signature: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
    for layer in ours {
        let has = |parameter: &str| {
            let name = joined(layer, parameter);
            wanted.iter().find(|tensor| tensor.name == name)
        };
        let shape = has(WEIGHT).map_or(&[][..], |weight| &weight.shape);
        let signature = signature(shape, has(RUNNING_MEAN).is_some());
        ours_by_signature.entry(signature).or_default().push(layer);
    }
    for (signature, ours) in &ours_by_signature {
        let mut theirs = by_signature.remove(signature).unwrap_or_default();
        if theirs.len() != ours.len() {
            let problem = format!(
                "{} of its layers have weights {signature}, expected {}: {}",
                theirs.len(),
                ours.len(),
                ours.join(", ")
            );
            return Err(ExchangeError::Mismatch(problem));
        }
        theirs.sort_by(|one, other| natord::compare(one, other));
        let is_numbered = |layer: &&str| without_digits(layer) == without_digits(theirs[0]);
        if !theirs.iter().all(is_numbered) {
            let problem = format!(
                "{} have weights of one shape, and their names do not tell which comes first: call them {}",
                theirs.join(", "),
                ours.join(", ")
            );
            return Err(ExchangeError::Mismatch(problem));
        }
        places.extend(
            ours.iter()
                .copied()
                .zip(theirs.iter().map(ToString::to_string)),
        );
    }
    Ok(())
}

/// Tensors by layer.
fn layers(tensors: Vec<NamedWeights>) -> BTreeMap<String, Parameters> {
    let mut layers: BTreeMap<String, Parameters> = BTreeMap::new();
    for tensor in tensors {
        let (layer, parameter) = split(&tensor.name);
        let (layer, parameter) = (layer.to_string(), parameter.to_string());
        layers.entry(layer).or_default().insert(parameter, tensor);
    }
    layers
}

/// The layers of tensors, each once.
fn order(tensors: &[NamedWeights]) -> Vec<&str> {
    let mut list: Vec<&str> = tensors.iter().map(|tensor| split(&tensor.name).0).collect();
    list.dedup();
    list
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

fn joined(layer: &str, parameter: &str) -> String {
    if layer.is_empty() {
        parameter.into()
    } else {
        format!("{layer}.{parameter}")
    }
}

fn without_digits(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect()
}

/// The first few of a list.
fn few(list: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut text = list[..list.len().min(SHOWN)].join(", ");
    if list.len() > SHOWN {
        let _ = write!(text, " and {} more", list.len() - SHOWN);
    }
    text
}

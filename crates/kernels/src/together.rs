//! Many tensors changed by one kernel on a GPU: parameters, their moments and averages, each by itself a few
//! thousand values and a launch of its own.
//!
//! Within [`together`], operations on parts of one buffer are put off to its end, where one launch does all of
//! them. Their results are parts of one buffer too, so that the next step finds them as this one did.

mod kernels;

use crate::arena::whole;
use crate::cube::{CubeTensor, argument, elements, floats, view};
use crate::fusion::is_fusing;
use crate::rules::{Formula, Updated};
use burn::tensor::Tensor;
use cubecl::server::Handle;
use std::cell::RefCell;

/// Which of the inputs says where the results are to lie: gradients, and current weights, come from kernels of ours.
const LEADER: usize = 1;

thread_local! {
    static GROUPS: RefCell<Option<Vec<Group>>> = const { RefCell::new(None) };
}

/// Does something in which no result of an optimizer's step, or of an average, is read: on a GPU, one launch does
/// all of them at the end.
pub fn together<T>(work: impl FnOnce() -> T) -> T {
    // Launched even where `work` panics: its results may have got out.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            for group in GROUPS.take().unwrap_or_default() {
                group.launch();
            }
        }
    }
    if GROUPS.with_borrow(Option::is_some) {
        return work();
    }
    GROUPS.set(Some(Vec::new()));
    let _end = End;
    work()
}

/// What is done to every value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    /// Of value, gradient and two moments: value and moments after a step.
    Update(Formula),
    /// Of one and another: so much of the one, and the rest of the other.
    Blend(f32),
}

impl Operation {
    fn num_results(self) -> usize {
        match self {
            Self::Update(_) => 3,
            Self::Blend(_) => 1,
        }
    }

    /// Whether one launch may do both: all but the weight decay is the same.
    fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Update(one), Self::Update(other)) => {
                one.without_decay() == other.without_decay()
            }
            _ => self == other,
        }
    }
}

/// Tensors that are parts of one buffer.
struct Group {
    leader: Handle,
    /// Floats of that buffer.
    length: usize,
    results: Vec<Handle>,
    entries: Vec<Entry>,
}

/// One of them.
struct Entry {
    operation: Operation,
    inputs: Vec<CubeTensor>,
    /// In the buffer.
    place: usize,
}

/// A step of an optimizer on a GPU; nothing where the tensors are elsewhere.
pub(crate) fn update<const D: usize>(
    parameter: &Updated<D>,
    gradient: &Tensor<D>,
    formula: Formula,
) -> Option<Updated<D>> {
    let inputs = [
        &parameter.value,
        gradient,
        &parameter.moment_1,
        &parameter.moment_2,
    ];
    let [value, moment_1, moment_2] = change(Operation::Update(formula), &inputs)?
        .try_into()
        .ok()?;
    Some(Updated {
        value,
        moment_1,
        moment_2,
    })
}

/// `one * share + other * (1 - share)` on a GPU; nothing where the tensors are elsewhere.
pub(crate) fn blend<const D: usize>(
    one: &Tensor<D>,
    other: &Tensor<D>,
    share: f64,
) -> Option<Tensor<D>> {
    change(Operation::Blend(share as f32), &[one, other])?.pop()
}

fn change<const D: usize>(operation: Operation, inputs: &[&Tensor<D>]) -> Option<Vec<Tensor<D>>> {
    if !is_fusing() {
        return None;
    }
    if GROUPS.with_borrow(Option::is_none) {
        return together(|| change(operation, inputs));
    }
    let inputs: Option<Vec<CubeTensor>> = inputs.iter().map(|tensor| floats(tensor)).collect();
    let inputs = inputs.filter(|inputs| inputs.iter().all(CubeTensor::is_contiguous))?;
    let leader = inputs[LEADER].clone();
    let entry = Entry {
        operation,
        place: leader.handle.offset_start.unwrap_or(0) as usize / 4,
        inputs,
    };
    let place = entry.place;
    let results = GROUPS.with_borrow_mut(|groups| {
        let groups = groups.get_or_insert_default();
        let known = groups.iter().position(|group| group.takes(&entry));
        let index = known.unwrap_or(groups.len());
        if known.is_some() {
            groups[index].entries.push(entry);
        } else {
            groups.push(Group::new(entry));
        }
        groups[index].results.clone()
    });
    let shape: [usize; D] = leader.meta.shape().dims();
    let result = |buffer: &Handle| view(&leader, buffer, place, shape);
    Some(results.iter().map(result).collect())
}

impl Group {
    fn new(entry: Entry) -> Self {
        let leader = &entry.inputs[LEADER];
        let length = leader.handle.size() as usize / 4;
        let buffer = |_| leader.client.empty(4 * length);
        Self {
            leader: leader.handle.clone(),
            length,
            results: (0..entry.operation.num_results()).map(buffer).collect(),
            entries: vec![entry],
        }
    }

    /// Whether an entry belongs to the same buffer.
    fn takes(&self, entry: &Entry) -> bool {
        let leader = &entry.inputs[LEADER].handle;
        leader.memory.descriptor() == self.leader.memory.descriptor()
            && self.entries[0].operation.goes_with(entry.operation)
    }

    fn launch(self) {
        let places: Vec<usize> = self.entries.iter().map(|entry| entry.place).collect();
        let whole_input = |index: usize| {
            let tensors: Vec<&CubeTensor> = self
                .entries
                .iter()
                .map(|entry| &entry.inputs[index])
                .collect();
            whole(&tensors, &places, self.length)
        };
        let num_inputs = self.entries[0].inputs.len();
        let inputs: Option<Vec<Handle>> = (0..num_inputs).map(whole_input).collect();
        let client = &self.entries[0].inputs[0].client;
        if let Some(inputs) = inputs {
            let operations: Vec<(usize, usize, Operation)> = self
                .entries
                .iter()
                .map(|entry| (entry.place, elements(&entry.inputs[0]), entry.operation))
                .collect();
            let inputs: Vec<_> = inputs
                .iter()
                .map(|input| argument(input, self.length))
                .collect();
            let results = self
                .results
                .iter()
                .map(|result| argument(result, self.length))
                .collect();
            kernels::launch(client, &operations, self.length, inputs, results);
            return;
        }
        for entry in &self.entries {
            let length = elements(&entry.inputs[0]);
            let inputs = entry
                .inputs
                .iter()
                .map(|input| argument(&input.handle, length));
            let results = self.results.iter().map(|result| {
                let start = 4 * entry.place as u64;
                argument(&result.clone().offset_start(start), length)
            });
            let operations = [(0, length, entry.operation)];
            kernels::launch(
                client,
                &operations,
                length,
                inputs.collect(),
                results.collect(),
            );
        }
    }
}

#[cfg(test)]
mod tests;

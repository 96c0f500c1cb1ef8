//! Python's pickles, read as data: what would call a function there is only noted here, and nothing is ever run. Knows
//! the operations that `torch.save` writes, and no others.

use std::collections::HashMap;

/// Most operations of a pickle. Weights are not in it, only their names and places.
const MAX_OPERATIONS: usize = 1_000_000;
/// How deep values may be within each other; a tensor is four deep.
const MAX_DEPTH: usize = 16;
/// Parts of the largest value that is remembered, and bytes of the longest name.
const MAX_PARTS: usize = 64;
const MAX_NAME: usize = 1_024;

/// A value. What can be changed after it was made is known by its place among the objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `None`, a float, a set, an object of a class: nothing that is needed.
    Other,
    Int(i64),
    Text(String),
    /// A class or function, by its name.
    Global(String),
    Tuple(Vec<Value>),
    /// What is kept outside the pickle.
    Persistent(Box<Value>),
    /// A dictionary, by its place.
    Dictionary(usize),
    /// A list, whose values are not needed.
    List,
    /// A call of a function, and what it would have been given.
    Call(String, Vec<Value>),
}

/// A pickle as read.
pub(super) struct Pickle {
    pub(super) root: Value,
    /// Keys and values, in order.
    dictionaries: Vec<Vec<(Value, Value)>>,
}

impl Pickle {
    pub(super) fn entries(&self, dictionary: usize) -> &[(Value, Value)] {
        self.dictionaries.get(dictionary).map_or(&[], Vec::as_slice)
    }
}

/// Reads a pickle.
pub(super) fn read(bytes: &[u8]) -> Result<Pickle, String> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        dictionaries: Vec::new(),
    };
    for _ in 0..MAX_OPERATIONS {
        if let Some(root) = machine.step()? {
            let dictionaries = machine.dictionaries;
            return Ok(Pickle { root, dictionaries });
        }
    }
    Err(format!(
        "its pickle has more than {MAX_OPERATIONS} operations"
    ))
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<usize, Value>,
    dictionaries: Vec<Vec<(Value, Value)>>,
}

impl Machine<'_> {
    /// One operation; the result, where it was the last.
    fn step(&mut self) -> Result<Option<Value>, String> {
        let [operation] = self.take()?;
        match operation {
            b'.' => return self.pop().map(Some),
            // The protocol, and the length of what follows.
            0x80 => drop(self.take::<1>()?),
            0x95 => drop(self.take::<8>()?),
            b'}' => self.new_dictionary(),
            b')' => self.stack.push(Value::Tuple(Vec::new())),
            b']' => self.stack.push(Value::List),
            b'N' | 0x88 | 0x89 | 0x8f => self.stack.push(Value::Other),
            b'G' => {
                self.take::<8>()?;
                self.stack.push(Value::Other);
            }
            b'(' => self.marks.push(self.stack.len()),
            b'J' | b'K' | b'M' | 0x8a => self.integer(operation)?,
            b'X' | b'T' | b'U' | 0x8c => self.text(operation)?,
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.stack.push(Value::Global(name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(name), Value::Text(module)) = (name, module) else {
                    return Err("its pickle names a class by no text".into());
                };
                self.stack.push(Value::Global(format!("{module}.{name}")));
            }
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(operation)?,
            b't' => {
                let values = self.marked()?;
                self.nest(Value::Tuple(values))?;
            }
            0x85..=0x87 => {
                let from = self.stack.len().checked_sub(usize::from(operation - 0x84));
                let values = self.stack.split_off(from.ok_or("its pickle is damaged")?);
                self.nest(Value::Tuple(values))?;
            }
            b'Q' => {
                let value = self.pop()?;
                self.nest(Value::Persistent(Box::new(value)))?;
            }
            b'R' | 0x81 => self.call()?,
            // The state of an object, and values of a list or set.
            b'b' | b'a' => drop(self.pop()?),
            b'e' | 0x90 => drop(self.marked()?),
            b's' | b'u' => self.put(operation)?,
            _ => {
                return Err(format!(
                    "its pickle has the operation {operation:#04x}, which torch.save does not write"
                ));
            }
        }
        Ok(None)
    }

    fn integer(&mut self, operation: u8) -> Result<(), String> {
        let value = match operation {
            b'J' => i64::from(i32::from_le_bytes(self.take()?)),
            b'K' => i64::from(self.take::<1>()?[0]),
            b'M' => i64::from(u16::from_le_bytes(self.take()?)),
            _ => {
                let [length] = self.take()?;
                let bytes = self.bytes(usize::from(length))?;
                let Some(last) = bytes.last() else {
                    self.stack.push(Value::Int(0));
                    return Ok(());
                };
                let mut whole = [if last >> 7 == 1 { 0xff } else { 0 }; 8];
                let place = whole.get_mut(..bytes.len());
                place
                    .ok_or("its pickle has a number of more than 8 bytes")?
                    .copy_from_slice(bytes);
                i64::from_le_bytes(whole)
            }
        };
        self.stack.push(Value::Int(value));
        Ok(())
    }

    fn text(&mut self, operation: u8) -> Result<(), String> {
        let length = match operation {
            b'X' | b'T' => u32::from_le_bytes(self.take()?) as usize,
            _ => usize::from(self.take::<1>()?[0]),
        };
        let text = self.bytes(length)?;
        let text = String::from_utf8_lossy(text).into_owned();
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn remember(&mut self, operation: u8) -> Result<(), String> {
        let place = match operation {
            b'q' | b'h' => usize::from(self.take::<1>()?[0]),
            b'r' | b'j' => u32::from_le_bytes(self.take()?) as usize,
            _ => self.memo.len(),
        };
        if matches!(operation, b'h' | b'j') {
            let value = self
                .memo
                .get(&place)
                .ok_or("its pickle asks for what it has not")?;
            self.stack.push(value.clone());
        } else {
            let value = self.stack.last().ok_or("its pickle is damaged")?;
            let is_kept = is_small(value, &mut MAX_PARTS.clone());
            let kept = if is_kept { value.clone() } else { Value::Other };
            self.memo.insert(place, kept);
        }
        Ok(())
    }

    /// `f(x)`, where `f` is only noted; an ordered dictionary is made, as that is what weights are in.
    fn call(&mut self) -> Result<(), String> {
        let (arguments, called) = (self.pop()?, self.pop()?);
        match (called, arguments) {
            (Value::Global(name), Value::Tuple(_)) if name == "collections.OrderedDict" => {
                self.new_dictionary();
            }
            (Value::Global(name), Value::Tuple(values)) => {
                self.nest(Value::Call(name, values))?;
            }
            _ => self.stack.push(Value::Other),
        }
        Ok(())
    }

    fn put(&mut self, operation: u8) -> Result<(), String> {
        let values = if operation == b's' {
            let (value, key) = (self.pop()?, self.pop()?);
            vec![key, value]
        } else {
            self.marked()?
        };
        let Some(Value::Dictionary(place)) = self.stack.last() else {
            // The items of something that is not known.
            return Ok(());
        };
        let mut values = values.into_iter();
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            self.dictionaries[*place].push((key, value));
        }
        Ok(())
    }

    fn new_dictionary(&mut self) {
        self.stack.push(Value::Dictionary(self.dictionaries.len()));
        self.dictionaries.push(Vec::new());
    }

    /// Puts a value of values on the stack.
    fn nest(&mut self, value: Value) -> Result<(), String> {
        if depth(&value) > MAX_DEPTH {
            return Err("its pickle has values too deep within each other".into());
        }
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, String> {
        Ok(self.stack.pop().ok_or("its pickle is damaged")?)
    }

    fn marked(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or("its pickle is damaged")?))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (found, rest) = self
            .rest
            .split_first_chunk()
            .ok_or("its pickle is cut off")?;
        self.rest = rest;
        Ok(*found)
    }

    fn bytes(&mut self, length: usize) -> Result<&[u8], String> {
        let (found, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or("its pickle is cut off")?;
        self.rest = rest;
        Ok(found)
    }

    fn line(&mut self) -> Result<String, String> {
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let text = self.bytes(end.ok_or("its pickle is cut off")?)?;
        let text = String::from_utf8_lossy(text).into_owned();
        self.take::<1>()?;
        Ok(text)
    }
}

/// Whether a value has few parts: copies of copies of large ones would grow without bound.
fn is_small(value: &Value, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    match value {
        Value::Tuple(values) | Value::Call(_, values) => {
            values.iter().all(|value| is_small(value, left))
        }
        Value::Persistent(value) => is_small(value, left),
        Value::Text(text) | Value::Global(text) => text.len() <= MAX_NAME,
        _ => true,
    }
}

/// How deep values are within each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Tuple(values) | Value::Call(_, values) => {
            1 + values.iter().map(depth).max().unwrap_or_default()
        }
        Value::Persistent(value) => 1 + depth(value),
        _ => 1,
    }
}

//! What a run validates on: a number of training images set aside, or the test images.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The word for the test images.
const TEST: &str = "test";

/// What a run validates on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// So many of the training images, which are then not trained on.
    Images(usize),
    /// The test images. What is selected on them is not an honest test any more.
    Test,
}

impl Serialize for Validation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Images(count) => count.serialize(serializer),
            Self::Test => TEST.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrTest)
    }
}

impl JsonSchema for Validation {
    fn schema_name() -> Cow<'static, str> {
        "Validation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "const": TEST }] })
    }
}

struct NumberOrTest;

impl Visitor<'_> for NumberOrTest {
    type Value = Validation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number of training images, or \"test\"")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Validation, E> {
        let count = usize::try_from(value);
        count
            .map(Validation::Images)
            .map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Validation, E> {
        let count = usize::try_from(value);
        count
            .map(Validation::Images)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Validation, E> {
        if value == TEST {
            return Ok(Validation::Test);
        }
        Err(E::invalid_value(Unexpected::Str(value), &self))
    }
}

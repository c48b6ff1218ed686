//! The JSON Schema of the file, for editors and for checks without Rust.

use breaker_core::written::{Kind, LowerBound, PARAMETERS};
use breaker_core::{Name, rules};

use crate::keys::{self, STATE, STATES};

/// Numbers with units, from the largest to the smallest; the last may have a fraction. Not zero.
const LENGTH: &str = "^(?=.*[1-9])(?:(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?[0-9]+(?:[.][0-9]+)?ms\
    |(?:[0-9]+h)?(?:[0-9]+m)?[0-9]+(?:[.][0-9]+)?s|(?:[0-9]+h)?[0-9]+(?:[.][0-9]+)?m\
    |[0-9]+(?:[.][0-9]+)?h)$";

/// Returns the JSON Schema (draft 7) of the file. `breakerbox.schema.json` beside this crate's
/// manifest is this text; an editor that knows TOML finds it by the comment `#:schema
/// ./breakerbox.schema.json` at the head of a file.
///
/// A schema cannot express rules between keys, nor the range of a time. These are left to
/// [`Source::check`](crate::Source::check).
#[must_use]
pub fn schema() -> String {
    let mut properties: Vec<String> = PARAMETERS
        .iter()
        .map(|parameter| property(parameter.key.name, &kind(parameter.kind)))
        .collect();
    let states: Vec<_> = STATES.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    let states = format!("\"type\": \"string\", \"enum\": [{}]", states.join(", "));
    properties.push(property(STATE.name, &states));
    let properties = properties.join(",\n");
    let longest = Name::MAX_LEN;
    format!(
        r##"{{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Tuning of circuit breakers",
  "type": "object",
  "additionalProperties": false,
  "properties": {{
    "all": {{
      "description": "For every breaker.",
      "$ref": "#/definitions/tuning"
    }},
    "breakers": {{
      "description": "By name.",
      "type": "object",
      "propertyNames": {{ "minLength": 1, "maxLength": {longest}, "pattern": "^[^\\s]+$" }},
      "additionalProperties": {{ "$ref": "#/definitions/breaker" }}
    }}
  }},
  "definitions": {{
    "tuning": {{
      "type": "object",
      "additionalProperties": false,
      "properties": {{
{properties}
      }}
    }},
    "breaker": {{
      "type": "object",
      "additionalProperties": false,
      "properties": {{
{properties},
        "keys": {{
          "description": "For single keys of a function that has a breaker for each.",
          "type": "object",
          "additionalProperties": {{ "$ref": "#/definitions/tuning" }}
        }}
      }}
    }}
  }}
}}
"##
    )
}

fn property(key: &str, kind: &str) -> String {
    let about = keys::about(key);
    format!("        \"{key}\": {{ \"description\": \"{about}\", {kind} }}")
}

fn kind(kind: Kind) -> String {
    let length = format!("\"type\": \"string\", \"pattern\": \"{LENGTH}\"");
    match kind {
        Kind::Number(range) => integer(range),
        Kind::Share(LowerBound::AboveZero) => {
            "\"type\": \"number\", \"exclusiveMinimum\": 0, \"maximum\": 1".into()
        }
        Kind::Share(LowerBound::Zero) => {
            "\"type\": \"number\", \"minimum\": 0, \"maximum\": 1".into()
        }
        Kind::Share(LowerBound::One) => "\"type\": \"number\", \"minimum\": 1".into(),
        Kind::Length => length,
        Kind::Flag => "\"type\": \"boolean\"".into(),
        Kind::Window => {
            format!("\"oneOf\": [{{ {} }}, {{ {length} }}]", integer(&rules::WINDOW_CALLS))
        }
    }
}

fn integer(range: &std::ops::RangeInclusive<u64>) -> String {
    let (min, max) = (range.start(), range.end());
    format!("\"type\": \"integer\", \"minimum\": {min}, \"maximum\": {max}")
}

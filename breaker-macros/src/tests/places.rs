//! One value of one key in the attribute, in a file, in a variable, and in overrides that a program
//! sets: all four apply one rule and say it in one set of words.

use std::fs;

use breaker_config::{Mistake, Source};
use breaker_core::written::{Literal, PARAMETERS, Parameter};
use breaker_core::{Config, OverrideSource, Overrides, Registry};
use syn::{Item, LitStr};

use crate::expand;

/// Values that Rust and TOML write alike.
const VALUES: &[&str] = &[
    "0",
    "1",
    "2",
    "11",
    "255",
    "256",
    "65_535",
    "65_536",
    "0x10",
    "0b11",
    "1_000_000",
    "1_000_001",
    "99999999999999999999",
    "-1",
    "-0",
    "0.0",
    "-0.0",
    "0.1",
    "0.5",
    "1.0",
    "1.5",
    "-0.5",
    "50",
    "1e3",
    "1e-9",
    "\"\"",
    "\"30\"",
    "\"30s\"",
    "\"0s\"",
    "\"9ms\"",
    "\"25h\"",
    "\"1m30s\"",
    "\"1 min\"",
    "\" 30s\"",
    "\"-1s\"",
    "\"30S\"",
    "\"0.5\"",
    "\"50%\"",
    "\"ten\"",
    "true",
    "false",
];

/// The messages about a value; none if it is valid.
type Said = Vec<(String, String)>;

/// Only an attribute refuses keys that do nothing: a file's keys join other tuning.
const IDLE: &str = " has nothing to ";

/// All parameters with their example values, but `key` with `value`.
fn lines(key: &str, value: &str) -> Vec<String> {
    let examples = PARAMETERS.iter().map(|parameter| parameter.key);
    examples
        .map(|one| if one.name == key { format!("{key} = {value}") } else { one.example.into() })
        .collect()
}

fn by_attribute(key: &str, value: &str) -> Said {
    let args = lines(key, value).join(", ").parse().unwrap();
    let item = "fn call() -> Result<(), E> { Ok(()) }".parse().unwrap();
    let file: syn::File = syn::parse2(expand(args, item)).unwrap();
    let said = file.items.into_iter().filter_map(|item| match item {
        Item::Macro(item) => Some(item.mac.parse_body::<LitStr>().unwrap().value()),
        _ => None,
    });
    said.filter(|said| !said.contains(IDLE))
        .map(|said| {
            let (wrong, help) = said.split_once("\nhelp: ").unwrap_or((&said, ""));
            (wrong.to_owned(), help.to_owned())
        })
        .collect()
}

fn said(source: &Source) -> Result<Config, Said> {
    let registry = Registry::new();
    let llm = registry.breaker("llm").unwrap();
    let words = |one: &Mistake| (one.message().to_owned(), one.help().to_owned());
    match source.apply(&registry) {
        Ok(_) => Ok(llm.config()),
        Err(mistakes) => Err(mistakes.list().iter().map(words).collect()),
    }
}

fn by_file(key: &str, value: &str) -> Result<Config, Said> {
    let path = std::env::temp_dir().join(format!("breaker-places-{}.toml", std::process::id()));
    fs::write(&path, format!("[breakers.llm]\n{}\n", lines(key, value).join("\n"))).unwrap();
    let said = said(&Source::new().file(&path));
    fs::remove_file(&path).unwrap();
    said
}

fn by_variables(key: &str, value: &str) -> Result<Config, Said> {
    let variables = lines(key, value).into_iter().map(|line| {
        let (key, value) = line.split_once(" = ").unwrap();
        (format!("BREAKERBOX__LLM__{}", key.to_uppercase()).into(), value.into())
    });
    said(&Source::new().env(variables))
}

/// The config of a program that sets the value; `None` if the value has not the parameter's type.
fn by_program(parameter: &Parameter, value: &str) -> Option<Result<Config, String>> {
    let read = |parameter: &Parameter, text: &str| parameter.read(&literal(text)).ok();
    let mut builder = Config::builder();
    for other in PARAMETERS.iter().filter(|other| other.key != parameter.key) {
        let example = other.key.example.split_once(" = ").unwrap().1;
        builder = other.set(builder, read(other, example).unwrap());
    }
    let builder = parameter.set(builder, read(parameter, value)?);
    let registry = Registry::new();
    let llm = registry.breaker("llm").unwrap();
    let mut overrides = Overrides::new();
    overrides.set("llm", builder).unwrap();
    Some(match registry.replace_overrides(OverrideSource::Operator, overrides) {
        Ok(()) => Ok(llm.config()),
        Err(refused) => Err(refused.list()[0].error.to_string()),
    })
}

fn literal(text: &str) -> Literal<'_> {
    let written = text;
    if let Ok(value) = text.parse() {
        return Literal::Flag { written, value };
    }
    let digits = text.replace('_', "");
    let of_radix = |prefix, radix| i128::from_str_radix(digits.strip_prefix(prefix)?, radix).ok();
    if let Some(value) = of_radix("0x", 16).or_else(|| of_radix("0b", 2)) {
        return Literal::Integer { written, value };
    }
    match (digits.parse(), digits.parse()) {
        (Ok(value), _) => Literal::Integer { written, value },
        (_, Ok(value)) => Literal::Float { written, value },
        _ => Literal::Text { written, value: text.trim_matches('"') },
    }
}

/// Returns the difference between attribute, file, variable and program. Help for a value that
/// conflicts with another value may be better where both values are known.
fn difference(parameter: &Parameter, value: &str) -> Option<String> {
    let key = parameter.key.name;
    let attribute = by_attribute(key, value);
    let (file, variables) = (by_file(key, value), by_variables(key, value));
    let program = by_program(parameter, value);
    let messages = |said: &Said| said.iter().map(|(wrong, _)| wrong.clone()).collect::<Vec<_>>();
    let is_one = file == variables
        && match (&file, &program) {
            (Ok(config), Some(program)) => attribute.is_empty() && program.as_ref() == Ok(config),
            (Ok(_), None) => false,
            (Err(said), None) => *said == attribute,
            (Err(said), Some(program)) => {
                let first = said.first().map_or("", |(wrong, _)| wrong);
                let said_by_program = program.as_ref().err();
                messages(said) == messages(&attribute)
                    && said_by_program.is_some_and(|program| program.starts_with(first))
            }
        };
    (!is_one).then(|| {
        format!(
            "{key} = {value}\n    attribute {attribute:?}\n    file {file:?}\n    variables {variables:?}\n    program {program:?}"
        )
    })
}

#[test]
fn value_has_one_rule_and_one_set_of_words_in_every_place() {
    let all = PARAMETERS.iter().flat_map(|one| VALUES.iter().map(move |value| (one, *value)));
    let different: Vec<_> = all.filter_map(|(one, value)| difference(one, value)).collect();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

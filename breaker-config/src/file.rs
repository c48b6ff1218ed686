//! Reads the settings of a file.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use breaker_core::Name;
use breaker_core::written::spelling::distance;
use breaker_core::written::{Key, Literal, duration};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::keys::{self, Setting};
use crate::mistake::Mistake;
use crate::settings::{Level, Settings};
use crate::source::Arrange;
use crate::text::{File, shown};

/// The tables that a file may have.
const TABLES: [Key; 2] =
    [Key { name: "all", example: "[all]" }, Key { name: "breakers", example: "[breakers.llm]" }];

type Found<'a> = Spanned<DeValue<'a>>;
type FoundKey<'a> = Spanned<Cow<'a, str>>;

/// Reads the text of a file into `settings`, and returns every mistake in it.
pub(crate) fn read(
    file: &File<'_>,
    arrange: Option<Arrange>,
    settings: &mut Settings,
) -> Vec<Mistake> {
    let (mut root, errors) = DeTable::parse_recoverable(file.text);
    if let Some(arrange) = arrange {
        arrange(root.get_mut());
    }
    let mut reader = Reader { file, settings, found: Vec::new() };
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let (wrong, help) = syntax(file.text, &span, error.message());
        reader.refuse(wrong, help, span);
    }
    // The parser's reading of a broken line is not the writer's intent, so other mistakes in the
    // line are dropped.
    let broken: BTreeSet<usize> =
        reader.found.iter().map(|(span, _)| file.line(span.start).0).collect();
    reader.root(root.get_ref());
    let mut all = reader.found;
    let rest = all.split_off(errors.len());
    all.extend(rest.into_iter().filter(|(at, _)| !broken.contains(&file.line(at.start).0)));
    all.sort_by_key(|(span, _)| span.start);
    let mistakes = all.into_iter().map(|(_, mistake)| mistake);
    // After a syntax error, the parser may have left out a value that a rule compares with another.
    let together = if errors.is_empty() { settings.check() } else { Vec::new() };
    mistakes.chain(together).collect()
}

/// Returns the parser's message and a remedy.
fn syntax(text: &str, span: &Range<usize>, message: &str) -> (String, String) {
    let rest = text.get(span.start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let value = line.split(['#', ',', '}', ']']).next().unwrap_or_default().trim();
    let start = text.get(..span.start).unwrap_or_default();
    let before = start.rsplit('\n').next().unwrap_or_default();
    let whole = before.rsplit('=').next().unwrap_or_default().trim_start().to_owned() + value;
    let help = if before.contains('=') && duration::parse(&whole).is_ok() {
        format!("put it in quotes: `\"{whole}\"`")
    } else {
        String::new()
    };
    (shown(message), help)
}

struct Reader<'a, 'b> {
    file: &'a File<'a>,
    settings: &'b mut Settings,
    found: Vec<(Range<usize>, Mistake)>,
}

impl Reader<'_, '_> {
    fn refuse(&mut self, wrong: impl Into<String>, help: impl Into<String>, at: Range<usize>) {
        let mistake = Mistake::new(wrong, help, self.file.spot(&at));
        self.found.push((at, mistake));
    }

    /// Refuses a value that stands where a table belongs.
    fn no_table(&mut self, name: &str, value: &Found<'_>, help: impl Into<String>) {
        let kind = kind(value.get_ref());
        let wrong = format!("expected a table for `{}`, found {kind}", shown(name));
        self.refuse(wrong, help, value.span());
    }

    fn root(&mut self, root: &DeTable<'_>) {
        for (key, value) in root {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("all", DeValue::Table(table)) => {
                    self.settings.open(Level::All);
                    for (key, value) in table {
                        self.setting(&Level::All, key, value, false);
                    }
                }
                ("breakers", DeValue::Table(names)) => {
                    names.iter().for_each(|(name, table)| self.name(name, table));
                }
                (name @ ("all" | "breakers"), _) => {
                    let example = if name == "all" { TABLES[0] } else { TABLES[1] }.example;
                    self.no_table(name, value, format!("write `{example}`"));
                }
                (name, _) => {
                    let (wrong, help) = stray(name);
                    self.refuse(wrong, help, key.span());
                }
            }
        }
    }

    /// Reads `[breakers.NAME]`.
    fn name(&mut self, name: &FoundKey<'_>, value: &Found<'_>) {
        let text = name.get_ref().as_ref();
        if let Err(error) = Name::check(text) {
            let help = "name the service that is called: `[breakers.llm]`";
            return self.refuse(error.to_string(), help, name.span());
        }
        let DeValue::Table(table) = value.get_ref() else {
            let help = if keys::is_known(text) {
                format!("`{text}` stands in the table of a name: `[breakers.llm]`")
            } else {
                format!("write `[breakers.{text}]`")
            };
            return self.no_table(text, value, help);
        };
        let level = Level::Name(text.to_owned());
        self.settings.open(level.clone());
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("keys", DeValue::Table(keys)) => {
                    keys.iter().for_each(|(key, table)| self.key(text, key, table));
                }
                (part @ "keys", _) => {
                    let help = format!("write `[breakers.{text}.keys.\"gpt-4\"]`");
                    self.no_table(part, value, help);
                }
                (part, DeValue::Table(_)) if !keys::is_known(part) => {
                    let wrong = format!("unknown table `{}` under `{}`", shown(part), shown(text));
                    let (text, part) = (shown(text), shown(part));
                    let help = format!(
                        "a name with a dot goes in quotes: `[breakers.\"{text}.{part}\"]`; the tables \
                         of keys stand under `keys`: `[breakers.{text}.keys.\"{part}\"]`"
                    );
                    self.refuse(wrong, help, key.span());
                }
                _ => self.setting(&level, key, value, true),
            }
        }
    }

    /// Reads `[breakers.NAME.keys.KEY]`.
    fn key(&mut self, name: &str, key: &FoundKey<'_>, value: &Found<'_>) {
        let DeValue::Table(table) = value.get_ref() else {
            let help = format!("write `[breakers.{name}.keys.\"{}\"]`", shown(key.get_ref()));
            return self.no_table(key.get_ref(), value, help);
        };
        let level = Level::Key(name.to_owned(), key.get_ref().clone().into_owned());
        self.settings.open(level.clone());
        for (key, value) in table {
            self.setting(&level, key, value, false);
        }
    }

    fn setting(&mut self, level: &Level, key: &FoundKey<'_>, value: &Found<'_>, has_keys: bool) {
        let written = shown(self.file.text.get(value.span()).unwrap_or_default());
        let literal = literal(&written, value.get_ref());
        match Setting::read(key.get_ref(), &literal) {
            Some(Ok(setting)) => {
                let spot = self.file.spot(&value.span());
                self.settings.set(level.clone(), setting, spot);
            }
            Some(Err(fault)) => {
                self.settings.set_wrong(key.get_ref());
                self.refuse(fault.wrong, fault.help, value.span());
            }
            None => {
                let fault = keys::unknown(&shown(key.get_ref()), has_keys);
                self.refuse(fault.wrong, fault.help, key.span());
            }
        }
    }
}

/// The message and help for a key that stands outside the tables.
fn stray(name: &str) -> (String, String) {
    let text = shown(name);
    if keys::is_known(name) {
        let help = "put it under `[all]`, or under the name of a breaker: `[breakers.llm]`";
        return (format!("`{text}` stands outside of a table"), help.to_owned());
    }
    let near = TABLES.iter().min_by_key(|table| distance(table.name, &text));
    let near = near.filter(|table| distance(table.name, &text) <= 2);
    let help = match near {
        Some(table) => format!("a similar key exists: `{}`", table.name),
        None => format!("the tables are `[all]` and `[breakers.NAME]`; write `[breakers.{text}]`"),
    };
    (format!("unknown key `{text}`"), help)
}

/// The word for a value's type.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Returns the core's reading of a value, and keeps the text that it was written as.
pub(crate) fn literal<'a>(written: &'a str, value: &'a DeValue<'_>) -> Literal<'a> {
    match value {
        DeValue::String(text) => Literal::Text { written, value: text },
        DeValue::Integer(number) => {
            let nearest = if number.as_str().starts_with('-') { i128::MIN } else { i128::MAX };
            let value = i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(nearest);
            Literal::Integer { written, value }
        }
        DeValue::Float(number) => {
            Literal::Float { written, value: number.as_str().parse().unwrap_or(f64::NAN) }
        }
        DeValue::Boolean(value) => Literal::Flag { written, value: *value },
        DeValue::Datetime(_) => Literal::Other { kind: "date", written },
        DeValue::Array(_) => Literal::Other { kind: "array", written },
        DeValue::Table(_) => Literal::Other { kind: "table", written },
    }
}

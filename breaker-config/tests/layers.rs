//! One key in the file, in a variable and in the program's overrides: one rule, and one set of
//! words. The attribute's words are those of its own tests.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use breaker_config::{Mistakes, Place, Source};
use breaker_core::written::{Literal, PARAMETERS, Parameter};
use breaker_core::{Config, Registry, State};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file that is removed on drop.
struct File(PathBuf);

impl File {
    fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("breaker-config-layers-{}-{number}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        File(path)
    }

    fn source(&self) -> Source {
        Source::new().file(&self.0)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn env(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// The words of the only mistake, and its place.
fn only(mistakes: &Mistakes) -> (String, String, Place) {
    let [one] = mistakes.list() else { panic!("{mistakes}") };
    (one.message().to_owned(), one.help().to_owned(), one.place().clone())
}

/// Values as they are written in Rust and in TOML.
const VALUES: [&str; 20] = [
    "3",
    "0",
    "-1",
    "256",
    "65536",
    "1_000_001",
    "0.5",
    "1.5",
    "-0.5",
    "50",
    "1",
    "\"30s\"",
    "\"0s\"",
    "\"30\"",
    "\"1 min\"",
    "\"25h\"",
    "\"-1s\"",
    "\"9ms\"",
    "\"50%\"",
    "true",
];

#[test]
fn value_means_the_same_and_fails_in_the_same_words_everywhere() {
    let ui = attribute_says();
    let mut in_attribute = 0;
    for parameter in PARAMETERS {
        let key = parameter.key.name;
        for value in VALUES {
            let file = File::new(&format!("[breakers.llm]\n{key} = {value}\n"));
            let by_file = laid(&file.source());
            let text = value.trim_matches('"');
            let variable = format!("BREAKERBOX__LLM__{}", key.to_uppercase());
            let by_variable = laid(&Source::new().env(env(&[(&variable, text)])));
            match (&by_file, &by_variable) {
                (Ok(one), Ok(other)) => {
                    assert_eq!(one, other, "{key} = {value}");
                    assert_eq!(*one, by_program(parameter, value), "{key} = {value}");
                }
                (Err(one), Err(other)) if !value.starts_with('"') && value != "true" => {
                    assert_eq!(only(one).0, only(other).0, "{key} = {value}");
                    assert_eq!(only(one).1, only(other).1, "{key} = {value}");
                }
                // A variable has neither quotes nor types.
                (Err(_), _) if value.starts_with('"') || value == "true" => {}
                other => panic!("{key} = {value}: {other:?}"),
            }
            if let Err(mistakes) = by_file {
                in_attribute += usize::from(ui.contains(&only(&mistakes).0));
            }
        }
    }
    assert!(in_attribute > 15, "of the attribute's own tests: {in_attribute}");
}

/// All messages in the attribute's tests of messages.
fn attribute_says() -> String {
    let folder = Path::new("../tests/ui");
    let texts = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = texts.filter(|path| path.extension().is_some_and(|it| it == "stderr"));
    texts.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn declared() -> Registry {
    let registry = Registry::new();
    let config =
        Config::builder().slow_call(Duration::from_secs(1)).cooldown(Duration::from_millis(1));
    let config = config.window_time(Duration::from_secs(1)).backoff(1.0);
    let config = config.cooldown_max(Duration::from_secs(1 << 40)).build().unwrap();
    registry.get_or_insert("llm", config).unwrap();
    registry
}

fn laid(source: &Source) -> Result<Config, Mistakes> {
    let registry = declared();
    source.apply(&registry)?;
    Ok(registry.get("llm").unwrap().config())
}

fn by_program(parameter: &Parameter, value: &str) -> Config {
    let digits = value.replace('_', "");
    let found = match (digits.parse::<i128>(), digits.parse::<f64>()) {
        (Ok(number), _) => Literal::Integer { written: value, value: number },
        (_, Ok(number)) => Literal::Float { written: value, value: number },
        _ if value == "true" => Literal::Flag { written: value, value: true },
        _ => Literal::Text { written: value, value: value.trim_matches('"') },
    };
    let value = parameter.read(&found).unwrap();
    let registry = declared();
    registry.configure("llm", parameter.set(Config::builder(), value)).unwrap();
    registry.get("llm").unwrap().config()
}

#[test]
fn variable_replaces_the_value_of_its_level_and_no_other() {
    let file = File::new(
        "[all]\njitter = 0.1\nprobes = 9\n[breakers.\"openai::complete\"]\nthreshold = 3\nprobes = 2\n\
         [breakers.\"openai::complete\".keys.\"a b\"]\nthreshold = 4\n",
    );
    let variables = env(&[
        ("BREAKERBOX__ALL__JITTER", "0.2"),
        ("BREAKERBOX__OPENAI_COMPLETE__THRESHOLD", "7"),
        ("BREAKERBOX__LATER_ON__COOLDOWN", "1m"),
        ("BREAKERBOX__LATER_ON__STATE", "isolated"),
        ("BREAKERBOX_OTHER", "x"),
        ("PATH", "BREAKERBOX__"),
    ]);
    let registry = Registry::new();
    let applied = file.source().env(variables).apply(&registry).unwrap();
    assert_eq!(applied.len(), 4);
    let config = registry.breaker("openai::complete").unwrap().config();
    assert_eq!((config.threshold(), config.probes(), config.jitter()), (Some(7), 2, 0.2));
    assert_eq!(applied.unused(&registry).len(), 2);
    let later = registry.breaker("later.on").unwrap();
    assert_eq!(
        (later.config().cooldown(), later.state()),
        (Duration::from_secs(60), State::Isolated)
    );
    assert_eq!(applied.unused(&registry), ["`openai::complete` with the key `a b`"]);
}

#[test]
fn variable_names_the_file() {
    let (file, other) = (File::new("[all]\nprobes = 2\n"), File::new("[all]\nprobes = 3\n"));
    let registry = Registry::new();
    let named = env(&[("BREAKERBOX_CONFIG", other.0.to_str().unwrap())]);
    file.source().env(named).apply(&registry).unwrap();
    assert_eq!(registry.breaker("llm").unwrap().config().probes(), 3);
    let none = Source::new().optional_file(other.0.with_extension("none"));
    assert_eq!(none.check(), Ok(()));
    let missing = env(&[("BREAKERBOX_CONFIG", "no/such/file.toml")]);
    let mistakes = none.env(missing).check().unwrap_err();
    assert!(mistakes.to_string().contains("--> no/such/file.toml"), "{mistakes}");
}

#[test]
fn mistakes_of_variables_are_shown_in_them() {
    let file = File::new("[breakers.\"a.b\"]\n[breakers.\"a-b\"]\n");
    let variables = env(&[
        ("BREAKERBOX__A_B__PROBES", "1"),
        ("BREAKERBOX__COOLDOWN", "1m"),
        ("BREAKERBOX__LLM__TRESHOLD", "1"),
        ("BREAKERBOX__LLM__WINDOW", "10 s"),
        ("BREAKERBOX__LLm__WINDOW", "10s"),
    ]);
    let mistakes = file.source().env(variables).check().unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "\
error: `A_B` is the form of two names, `a-b` and `a.b`
--> environment variable BREAKERBOX__A_B__PROBES
 |
 | BREAKERBOX__A_B__PROBES=1
 |             ^^^
help: tune them in the file, each by its own name

error: expected a name and a key, with `__` between them
--> environment variable BREAKERBOX__COOLDOWN
 |
 | BREAKERBOX__COOLDOWN=1m
 |             ^^^^^^^^
help: write `BREAKERBOX__LLM__COOLDOWN`, or `BREAKERBOX__ALL__COOLDOWN` for all

error: unknown key `treshold`
--> environment variable BREAKERBOX__LLM__TRESHOLD
 |
 | BREAKERBOX__LLM__TRESHOLD=1
 |                  ^^^^^^^^
help: a similar key exists: `threshold`

error: malformed duration for `window`: found the character ` ` (U+0020) in `10 s`
--> environment variable BREAKERBOX__LLM__WINDOW
 |
 | BREAKERBOX__LLM__WINDOW=10 s
 |                         ^^^^
help: use digits, `.` and units only: `window = \"10s\"`

error: `LLm` is no name in the form of a variable
--> environment variable BREAKERBOX__LLm__WINDOW
 |
 | BREAKERBOX__LLm__WINDOW=10s
 |             ^^^
help: letters and digits in capitals; each run of other characters is one `_`: `openai::complete` is `OPENAI_COMPLETE`"
    );
}

/// Reads a program's own word for the threshold of all.
fn arrange(file: &mut DeTable<'_>) {
    let own = file.remove("max_failures");
    *file = file.remove_entry("breakers").into_iter().collect();
    let Some(own) = own else { return };
    let key = |name| Spanned::new(own.span(), Cow::Borrowed(name));
    let table = DeTable::from_iter([(key("threshold"), own.clone())]);
    file.insert(key("all"), Spanned::new(own.span(), DeValue::Table(table)));
}

#[test]
fn file_of_the_program_is_read_as_it_is_arranged() {
    let file = File::new("port = 80\nmax_failures = 7\n[log]\nthreshold = 1\n[breakers.llm]\n");
    let config = laid(&Source::new().shared_file(&file.0, arrange)).unwrap();
    assert_eq!(config.threshold(), Some(7));
    let mistakes = laid(&file.source()).unwrap_err();
    assert_eq!(mistakes.list().len(), 3, "as a file of this crate alone: {mistakes}");
}

#[test]
fn mistake_in_a_value_that_was_moved_is_shown_where_it_stands() {
    let file = File::new("port = 80\nmax_failures = 0\n[breakers.llm]\ntreshold = 1\n");
    let mistakes = laid(&Source::new().shared_file(&file.0, arrange)).unwrap_err();
    let places: Vec<_> = mistakes
        .list()
        .iter()
        .map(|mistake| match mistake.place() {
            Place::File { line, column, .. } => (*line, *column),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(places, [(2, 16), (4, 1)], "{mistakes}");
    assert!(mistakes.to_string().contains("\n2 | max_failures = 0\n"), "{mistakes}");
}

#[test]
fn file_that_a_variable_names_is_not_arranged() {
    let (own, named) = (File::new("port = 80\n"), File::new("max_failures = 7\n"));
    let path = named.0.to_str().unwrap();
    let source = Source::new().shared_file(&own.0, arrange);
    assert_eq!(source.check(), Ok(()));
    assert!(source.env(env(&[("BREAKERBOX_CONFIG", path)])).check().is_err());
}

#[test]
fn override_that_a_declaration_forbids_is_shown_in_the_file() {
    let registry = Registry::new();
    let config = Config::builder().cooldown(Duration::from_secs(60)).build().unwrap();
    registry.get_or_insert("llm", config).unwrap();
    let file =
        File::new("[all]\njitter = 0.1\n[breakers.llm]\nprobes = 2\ncooldown_max = \"5s\"\n");
    let mistakes = file.source().apply(&registry).unwrap_err();
    let (message, help, place) = only(&mistakes);
    assert_eq!(message, "`cooldown_max` must not be less than `cooldown`, found `5s`");
    assert!(help.starts_with(&format!("`llm` declares the rest at {}:", file!())), "{help}");
    assert_eq!(place, Place::File { path: file.0.clone(), line: 5, column: 16 });
    assert_eq!(registry.get("llm").unwrap().config(), config, "nothing is changed");
    assert_eq!(file.source().check(), Ok(()));
}

#[test]
fn file_that_is_no_text_or_too_large_is_refused() {
    let file = File::new("");
    fs::write(&file.0, b"[all]\njitter = \xff 0.2").unwrap();
    let (message, _, place) = only(&file.source().check().unwrap_err());
    assert_eq!(message, "the file is not UTF-8");
    assert_eq!(place, Place::File { path: file.0.clone(), line: 2, column: 10 });
    fs::write(&file.0, "#".repeat((1 << 20) + 1)).unwrap();
    let (message, _, place) = only(&file.source().check().unwrap_err());
    assert_eq!(message, "cannot read the file: it is larger than 1 MiB");
    assert_eq!(place, Place::WholeFile { path: file.0.clone() });
    fs::write(&file.0, "\u{feff}[all]\r\njitter = 0.2\r\n").unwrap();
    assert_eq!(file.source().check(), Ok(()));
}

/// Opening a pipe would block the program.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused() {
    let pipe = File::new("");
    fs::remove_file(&pipe.0).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe.0).status().unwrap().success());
    for path in [Path::new("/dev/null"), &std::env::temp_dir(), &pipe.0] {
        let (message, ..) = only(&Source::new().file(path).check().unwrap_err());
        assert_eq!(message, "cannot read the file: it is no regular file", "{}", path.display());
    }
}

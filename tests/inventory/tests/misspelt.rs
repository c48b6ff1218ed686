//! Names of a tuning file that no function has.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, process};

use breakerbox::Registry;
use breakerbox::config::{Applied, Outcome, Source};

// A library that nothing names is not linked.
use listed as _;

/// A file that goes with it.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("listed-{name}-{}.toml", process::id()));
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

/// No breaker is there yet.
fn applied(source: &Source) -> (Applied, Registry) {
    let registry = Registry::new();
    (source.apply(&registry).unwrap(), registry)
}

const NAMES: &str = "
    [breakers.plain]
    [breakers.plian]
    [breakers.by_key.keys.gpt]
    [breakers.by_kye.keys.gpt]
    [breakers.something_else]
";

#[test]
fn names_of_functions_are_known_before_the_first_call() {
    let file = File::new("known", NAMES);
    let (applied, registry) = applied(&file.source());
    let by_kye = "`by_kye` (a similar name exists: `by_key`)";
    let plian = "`plian` (a similar name exists: `plain`)";
    assert_eq!(applied.misspelt(&registry), [by_kye, plian, "`something_else`"]);
    let unused = [by_kye, plian, "`something_else`", "`by_key` with the key `gpt`"];
    assert_eq!(applied.unused(&registry), unused);
}

#[test]
fn breaker_that_is_no_functions_has_a_known_name() {
    let file = File::new("by-hand", "[breakers.something_else]");
    let (applied, registry) = applied(&file.source());
    assert_eq!(applied.misspelt(&registry), ["`something_else`"]);
    registry.breaker("something_else").unwrap();
    assert!(applied.misspelt(&registry).is_empty());
}

#[test]
fn watch_tells_of_misspelt_names_at_once() {
    let file = File::new("watched", NAMES);
    let (tell, told) = mpsc::channel();
    let listener = move |outcome| tell.send(outcome).unwrap();
    let watch = file.source().watch(&Registry::new(), Duration::from_secs(60), listener).unwrap();
    let told: Vec<Outcome> = told.try_iter().collect();
    let [Outcome::Applied(_), Outcome::Unused(names)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(names.len(), 3);
    assert!(told[1].to_string().contains("no breaker has this name: `by_kye` (a similar"));
    watch.stop();
}

#[test]
fn variable_for_a_function_without_a_breaker_has_a_name() {
    let variable = |name: &str| (format!("BREAKERBOX__{name}__THRESHOLD").into(), "4".into());
    let (applied, registry) = applied(&Source::new().env([variable("BY_KEY"), variable("KEY")]));
    assert_eq!(applied.unused(&registry), ["`KEY`, by a variable"]);
    assert_eq!(applied.misspelt(&registry), ["`KEY`, by a variable"]);
}

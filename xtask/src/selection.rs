//! The tasks that the words after `cargo xtask` select.

use crate::cargo::Failure;
use crate::task::{CHECKS, MEASUREMENTS, Task};

fn tasks() -> impl Iterator<Item = &'static Task> {
    CHECKS.iter().chain(MEASUREMENTS)
}

/// Returns the tasks in the order in which they run, whatever the order of the words.
///
/// # Errors
///
/// A word that is no name, and words that select nothing. The error says how xtask is used.
pub(crate) fn select(words: &[String]) -> Result<Vec<&'static Task>, Failure> {
    let (mut wanted, mut skipped) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--skip" {
            let name = words.next().ok_or_else(|| usage("`--skip` needs a name"))?;
            skipped.push(task(name)?.name);
        } else if word == "ci" {
            wanted.extend(CHECKS.iter().map(|check| check.name));
        } else {
            wanted.push(task(word)?.name);
        }
    }
    let is_selected = |task: &&Task| wanted.contains(&task.name) && !skipped.contains(&task.name);
    let selected: Vec<_> = tasks().filter(is_selected).collect();
    if selected.is_empty() { Err(usage("nothing to do")) } else { Ok(selected) }
}

fn task(name: &str) -> Result<&'static Task, Failure> {
    tasks().find(|task| task.name == name).ok_or_else(|| usage(&format!("there is no `{name}`")))
}

fn usage(problem: &str) -> Failure {
    let line = |task: &Task| format!("\n  {:<11}  {}", task.name, task.about);
    let list = |tasks: &[Task]| tasks.iter().map(line).collect();
    let (checks, measurements): (String, String) = (list(CHECKS), list(MEASUREMENTS));
    Failure::new(format!(
        "{problem}\nusage: cargo xtask ci | NAME... [--skip NAME]...\n\n\
         checks, which `ci` runs:{checks}\n\nmeasurements:{measurements}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(words: &str) -> Result<Vec<&'static str>, String> {
        let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
        let tasks = select(&words).map_err(|failure| failure.to_string())?;
        Ok(tasks.into_iter().map(|task| task.name).collect())
    }

    fn checks() -> Vec<&'static str> {
        CHECKS.iter().map(|check| check.name).collect()
    }

    #[test]
    fn ci_is_every_check() {
        assert_eq!(selected("ci"), Ok(checks()));
    }

    #[test]
    fn skip_leaves_out_one_check() {
        let rest: Vec<_> = checks().into_iter().filter(|name| *name != "test").collect();
        assert_eq!(selected("ci --skip test"), Ok(rest.clone()));
        assert_eq!(selected("--skip test ci"), Ok(rest));
    }

    #[test]
    fn task_named_twice_is_selected_once() {
        assert_eq!(selected("tree format tree"), Ok(vec!["format", "tree"]));
    }

    #[test]
    fn words_that_select_nothing_are_refused() {
        for (words, problem) in [
            ("", "nothing to do"),
            ("test --skip test", "nothing to do"),
            ("ci --skip", "`--skip` needs a name"),
            ("ci --skip tests", "there is no `tests`"),
            ("ci --skip ci", "there is no `ci`"),
            ("ci tests", "there is no `tests`"),
        ] {
            let said = selected(words).err().unwrap_or_default();
            assert_eq!(said.lines().next(), Some(problem), "{words}");
        }
    }

    #[test]
    fn usage_lists_every_task() {
        let said = selected("").err().unwrap_or_default();
        for Task { name, about, .. } in tasks() {
            assert!(
                said.lines().any(|l| l.starts_with(&format!("  {name} ")) && l.ends_with(about))
            );
        }
    }
}

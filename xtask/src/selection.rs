//! The tasks that the words after `cargo xtask` select.

use crate::cargo::Failure;
use crate::task::{CHECKS, FULL, MEASUREMENTS, Task};

/// A name for several tasks.
struct Group {
    name: &'static str,
    about: &'static str,
    contains: fn(&Task) -> bool,
}

const GROUPS: [Group; 2] = [
    Group { name: "ci", about: "runs every check", contains: is_check },
    Group {
        name: "full",
        about: "runs every check, `loom-full`, `weaken`, `histories`, `mutations`, `expansions`, `processes`, `fleet-histories`, `replay-rules`, `msrv`, `targets`, `bench-smoke`, `soak-long` and `bench-quick`",
        contains: |task| is_check(task) || FULL.contains(&task.name),
    },
];

fn is_check(task: &Task) -> bool {
    CHECKS.iter().any(|check| check.name == task.name)
}

fn tasks() -> impl Iterator<Item = &'static Task> {
    CHECKS.iter().chain(MEASUREMENTS)
}

/// Returns the tasks in the order in which they run, for any order of the words.
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
        } else if let Some(group) = GROUPS.iter().find(|group| group.name == word) {
            wanted.extend(tasks().filter(|task| (group.contains)(task)).map(|task| task.name));
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
    let line = |name: &str, about: &str| format!("\n  {name:<12}  {about}");
    let list = |tasks: &[Task]| tasks.iter().map(|task| line(task.name, task.about)).collect();
    let (checks, measurements): (String, String) = (list(CHECKS), list(MEASUREMENTS));
    let groups: String = GROUPS.iter().map(|group| line(group.name, group.about)).collect();
    Failure::new(format!(
        "{problem}\nusage: cargo xtask NAME... [--skip NAME]...\n\n\
         groups:{groups}\n\nchecks:{checks}\n\nmeasurements:{measurements}"
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
    fn full_is_every_check_and_what_ci_has_no_time_for() {
        assert_eq!(selected("full"), Ok([checks(), FULL.to_vec()].concat()));
        let full = GROUPS.iter().find(|group| group.name == "full").unwrap();
        for name in FULL {
            assert!(full.about.contains(&format!("`{name}`")), "{name}");
        }
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

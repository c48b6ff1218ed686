//! A watch through many kinds of changes to files, with time that the test moves.

use std::fs;
use std::path::{Path, PathBuf};

use breaker_core::{Config, State};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(5);

/// A folder of the test's own, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("breaker-config-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A watcher over `llm`, and the time.
struct Stage {
    watcher: Watcher,
    now: Duration,
}

impl Stage {
    fn new(source: Source) -> (Self, Vec<Outcome>) {
        let registry = Registry::new();
        registry.get_or_insert("llm", Config::new()).unwrap();
        let mut stage =
            Stage { watcher: Watcher::new(source, registry, EVERY), now: Duration::ZERO };
        let mut told = Vec::new();
        let next = stage.watcher.first(stage.now, &mut |outcome| told.push(outcome));
        assert_eq!(next, EVERY);
        (stage, told)
    }

    fn of(path: &Path) -> Self {
        let (stage, told) = Self::new(Source::new().file(path));
        assert!(matches!(told[..], [Outcome::Applied(_)]), "{told:?}");
        stage
    }

    /// Writes the file, and watches that file.
    fn written(folder: &Folder, text: &str) -> (PathBuf, Self) {
        let path = folder.path("breakers.toml");
        fs::write(&path, text).unwrap();
        let stage = Self::of(&path);
        (path, stage)
    }

    /// Looks until nothing is settling, a minute at most, and returns the outcomes.
    fn looks(&mut self) -> Vec<Outcome> {
        let mut told = Vec::new();
        loop {
            let next = self.watcher.look(self.now, &mut |outcome| told.push(outcome));
            self.now += next;
            if next == EVERY {
                return told;
            }
            assert_eq!(next, SECOND);
        }
    }

    fn threshold(&self) -> Option<u16> {
        self.watcher.registry.get("llm").unwrap().config().threshold()
    }
}

fn tuned(threshold: u16) -> String {
    format!("[breakers.llm]\nthreshold = {threshold}\n")
}

fn is_refused(told: &[Outcome]) -> bool {
    matches!(told, [Outcome::Refused(_)])
}

#[test]
fn outcome_says_the_number_of_tables() {
    let folder = Folder::new("number");
    let said = |text: &str| {
        fs::write(folder.path("breakers.toml"), text).unwrap();
        let (_, told) = Stage::new(Source::new().file(folder.path("breakers.toml")));
        told[0].to_string()
    };
    let one = "[breakers.llm]\nthreshold = 3\n";
    assert_eq!(said(one), "breakers are tuned by 1 table");
    assert_eq!(said(&format!("{one}[all]\njitter = 0.1\n")), "breakers are tuned by 2 tables");
}

#[test]
fn changed_file_is_applied_once_and_state_stays() {
    let folder = Folder::new("changed");
    let (path, mut stage) = Stage::written(&folder, &tuned(3));
    assert_eq!(stage.threshold(), Some(3));
    stage.watcher.registry.get("llm").unwrap().force_open();
    assert_eq!(stage.looks(), []);
    fs::write(&path, tuned(4)).unwrap();
    assert!(matches!(stage.looks()[..], [Outcome::Applied(_)]));
    assert_eq!(stage.threshold(), Some(4));
    assert_eq!(stage.watcher.registry.get("llm").unwrap().state(), State::Isolated);
    assert_eq!(stage.looks(), []);
    fs::write(&path, "").unwrap();
    stage.looks();
    assert_eq!(stage.threshold(), Some(5), "what the function declares");
}

#[test]
fn file_that_is_being_written_is_left_alone() {
    let folder = Folder::new("half");
    let (path, mut stage) = Stage::written(&folder, &tuned(3));
    let mut told = Vec::new();
    for part in
        ["", "[breakers.llm]\n", "[breakers.llm]\nthreshold = 7", "[breakers.llm]\nthreshold = 77"]
    {
        fs::write(&path, part).unwrap();
        let next = stage.watcher.look(stage.now, &mut |outcome| told.push(outcome));
        assert_eq!((next, told.len(), stage.threshold()), (SECOND, 0, Some(3)), "{part}");
    }
    stage.watcher.look(stage.now, &mut |outcome| told.push(outcome));
    assert_eq!(stage.threshold(), Some(77));
    // The old text is back before the second look, so nothing has happened.
    fs::write(&path, tuned(8)).unwrap();
    stage.watcher.look(stage.now, &mut |outcome| told.push(outcome));
    fs::write(&path, "[breakers.llm]\nthreshold = 77").unwrap();
    assert_eq!(stage.looks(), []);
    fs::write(&path, tuned(8)).unwrap();
    let next = stage.watcher.look(stage.now, &mut |outcome| told.push(outcome));
    assert_eq!((next, stage.threshold()), (SECOND, Some(77)));
}

#[test]
fn mistake_leaves_the_tuning_and_is_told_once() {
    let folder = Folder::new("mistake");
    let (path, mut stage) = Stage::written(&folder, &tuned(3));
    fs::write(&path, tuned(4) + "cooldown = 30\n").unwrap();
    let told = stage.looks();
    assert!(is_refused(&told), "{told:?}");
    assert!(told[0].to_string().ends_with("\n\nthe tuning of breakers stays as it was"));
    assert_eq!((stage.looks(), stage.threshold()), (vec![], Some(3)));
    fs::write(&path, tuned(4)).unwrap();
    stage.looks();
    assert_eq!(stage.threshold(), Some(4));
}

#[test]
fn file_that_goes_and_comes_back_changes_nothing_meanwhile() {
    let folder = Folder::new("gone");
    let (path, next) = (folder.path("breakers.toml"), folder.path("next"));
    let (mut stage, told) = Stage::new(Source::new().optional_file(&path));
    assert!(matches!(told[..], [Outcome::Applied(_)]), "it may be missing at the start");
    fs::write(&path, tuned(3)).unwrap();
    stage.looks();
    assert_eq!(stage.threshold(), Some(3));
    fs::remove_file(&path).unwrap();
    assert!(is_refused(&stage.looks()));
    assert_eq!((stage.looks(), stage.threshold()), (vec![], Some(3)));
    fs::create_dir(&path).unwrap();
    assert!(is_refused(&stage.looks()), "it is no file");
    fs::remove_dir(&path).unwrap();
    stage.looks();
    fs::write(&next, tuned(6)).unwrap();
    fs::rename(&next, &path).unwrap();
    stage.looks();
    assert_eq!(stage.threshold(), Some(6));
}

#[cfg(unix)]
#[test]
fn swapped_link_above_the_file_is_followed() {
    use std::os::unix::fs::symlink;

    // The layout in which Kubernetes mounts a `ConfigMap`.
    let folder = Folder::new("links");
    for (version, threshold) in [("v1", 3), ("v2", 4)] {
        fs::create_dir(folder.path(version)).unwrap();
        fs::write(folder.path(version).join("breakers.toml"), tuned(threshold)).unwrap();
    }
    symlink("v1", folder.path("..data")).unwrap();
    symlink("..data/breakers.toml", folder.path("breakers.toml")).unwrap();
    let mut stage = Stage::of(&folder.path("breakers.toml"));
    symlink("v2", folder.path("swap")).unwrap();
    fs::rename(folder.path("swap"), folder.path("..data")).unwrap();
    fs::remove_dir_all(folder.path("v1")).unwrap();
    stage.looks();
    assert_eq!(stage.threshold(), Some(4));
}

/// Functions, declared as the attribute would.
#[cfg(feature = "inventory")]
mod declared {
    use breaker_core::expansion::{Callsite, declare};

    static LLM: Callsite = Callsite::new("llm", None);
    declare! { LLM, false }
}

#[cfg(feature = "inventory")]
#[test]
fn names_of_no_function_are_told_of_at_once_and_not_again() {
    let folder = Folder::new("misspelt");
    let path = folder.path("breakers.toml");
    fs::write(&path, tuned(3) + "[breakers.lmm]\n[breakers.llm.keys.a]\n").unwrap();
    let (mut stage, told) = Stage::new(Source::new().file(&path));
    let [Outcome::Applied(_), Outcome::Unused(names)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(names[..], ["`lmm` (a similar name exists: `llm`)"]);
    stage.now = 60 * SECOND;
    let told = stage.looks();
    assert_eq!(told, [Outcome::Unused(vec!["`llm` with the key `a`".to_owned()])]);
}

#[cfg(not(feature = "inventory"))]
#[test]
fn unused_names_are_told_of_a_minute_later() {
    let folder = Folder::new("unused");
    let text = tuned(3) + "[breakers.lmm]\nthreshold = 1\n[breakers.db.keys.a]\n";
    let (_, mut stage) = Stage::written(&folder, &text);
    stage.watcher.registry.breaker("db").unwrap();
    stage.now = 59 * SECOND;
    assert_eq!(stage.looks(), []);
    stage.now = 60 * SECOND;
    let told = stage.looks();
    let [Outcome::Unused(found)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(found[..], ["`lmm` (a similar name exists: `llm`)", "`db` with the key `a`"]);
    stage.now = 600 * SECOND;
    assert_eq!(stage.looks(), []);
}

#[test]
fn watch_tells_the_first_outcome_and_survives_a_listener_that_panics() {
    let folder = Folder::new("thread");
    let path = folder.path("breakers.toml");
    fs::write(&path, tuned(3)).unwrap();
    let registry = Registry::new();
    let (told, heard) = mpsc::channel();
    let every = Duration::from_millis(1);
    let watch = Source::new().file(&path).watch(&registry, every, move |outcome| {
        told.send(outcome).unwrap();
        panic!("a listener");
    });
    let watch = watch.unwrap();
    assert!(matches!(heard.try_recv(), Ok(Outcome::Applied(_))));
    fs::write(&path, tuned(9)).unwrap();
    let generous = Duration::from_secs(60);
    assert!(matches!(heard.recv_timeout(generous), Ok(Outcome::Applied(_))));
    assert_eq!(registry.breaker("llm").unwrap().config().threshold(), Some(9));
    watch.stop();
    assert!(heard.recv().is_err(), "the listener is gone with the thread");
}

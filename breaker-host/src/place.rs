//! The place of the records: folders and file names.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use breaker_core::link::Id;
use breaker_core::shared::digest;

use crate::trouble::Trouble;

/// The number of characters of a name that its file's name shows.
const READABLE: usize = 32;

/// The folder that holds a folder for each namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) parent: PathBuf,
    /// The folder in `parent` that is made and must be ours. `None` if somebody has chosen `parent`
    /// by hand: then it may belong to anybody.
    pub(crate) child: Option<&'static str>,
    /// True if `parent` is made when it is missing.
    pub(crate) makes_parent: bool,
}

impl Place {
    pub(crate) fn by_hand(parent: PathBuf) -> Self {
        Self { parent, child: None, makes_parent: true }
    }

    pub(crate) fn find() -> Result<Self, Trouble> {
        Self::find_in(|name| env::var_os(name))
    }

    fn find_in(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Trouble> {
        // The specification of XDG ignores relative paths.
        let set = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(folder) = variable("BREAKERBOX_DIR").filter(|folder| !folder.is_empty()) {
            return Ok(Self::by_hand(folder.into()));
        }
        let child = Some("breakerbox");
        if cfg!(windows) {
            let parent = set("LOCALAPPDATA").ok_or(Trouble::NoFolder)?;
            return Ok(Self { parent, child, makes_parent: false });
        }
        if let Some(parent) = set("XDG_RUNTIME_DIR") {
            return Ok(Self { parent, child, makes_parent: false });
        }
        let home = || set("HOME").map(|home| home.join(".local/state"));
        let parent = set("XDG_STATE_HOME").or_else(home).ok_or(Trouble::NoFolder)?;
        Ok(Self { parent, child, makes_parent: true })
    }

    /// The folder that holds a folder for each namespace, for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.child.map_or_else(|| self.parent.clone(), |child| self.parent.join(child))
    }
}

/// The folder that processes of this program share.
pub(crate) fn folder_of_program() -> String {
    let name = env::current_exe().ok().or_else(|| env::args_os().next().map(PathBuf::from));
    let name = name.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    // Linux adds ` (deleted)` for a program whose file was replaced while it ran.
    format!("program.{}", file_name(name.trim_end_matches(" (deleted)")))
}

/// The folder of all processes that give this namespace.
pub(crate) fn folder_of_namespace(namespace: &str) -> String {
    format!("named.{}", file_name(namespace))
}

/// Returns the text if it is short and plain; otherwise a readable part of it and a hash of all.
fn file_name(text: &str) -> String {
    let readable = readable(text);
    if readable == text && !text.is_empty() {
        return readable;
    }
    format!("{readable}-{:032x}", digest(&[text.as_bytes()]))
}

/// The name of the file of a breaker.
pub(crate) fn record_name(id: &Id) -> String {
    // A family, and its key without text, are two breakers.
    let hash = match id.key() {
        Some(key) => digest(&[id.name().as_bytes(), key.as_bytes()]),
        None => digest(&[id.name().as_bytes()]),
    };
    format!("{}-{hash:032x}{SUFFIX}", readable(id.name()))
}

/// The end of the name of a record's file.
pub(crate) const SUFFIX: &str = ".v1";

/// Returns the start of the text, as far as its characters are plain in every file system.
fn readable(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    text.chars().take(READABLE).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<PathBuf, Trouble> {
        let of = |name: &str| variables.iter().find(|(key, _)| *key == name);
        Place::find_in(|name| of(name).map(|(_, value)| value.into())).map(|place| place.path())
    }

    #[test]
    #[cfg(not(windows))]
    fn first_variable_that_is_set_names_the_folder() {
        let all = [
            ("BREAKERBOX_DIR", "/by/hand"),
            ("XDG_RUNTIME_DIR", "/run/user/7"),
            ("XDG_STATE_HOME", "/state"),
            ("HOME", "/home/ada"),
        ];
        let folders =
            ["/by/hand", "/run/user/7/breakerbox", "/state/breakerbox"].map(PathBuf::from);
        for (at, folder) in folders.into_iter().enumerate() {
            assert_eq!(found(&all[at..]), Ok(folder));
        }
        assert_eq!(found(&all[3..]), Ok("/home/ada/.local/state/breakerbox".into()));
        assert_eq!(found(&[]), Err(Trouble::NoFolder));
    }

    #[test]
    #[cfg(not(windows))]
    fn variables_without_a_whole_path_are_passed_over() {
        let relative =
            [("XDG_RUNTIME_DIR", ""), ("XDG_STATE_HOME", "state"), ("HOME", "/home/ada")];
        assert_eq!(found(&relative), Ok("/home/ada/.local/state/breakerbox".into()));
        assert_eq!(found(&[("BREAKERBOX_DIR", ""), ("HOME", "home")]), Err(Trouble::NoFolder));
    }

    #[test]
    fn names_cannot_leave_their_folder() {
        for text in ["..", "/etc", "a/../b", "", ".", "a\0b", "größe", &"x".repeat(500)] {
            let name = folder_of_namespace(text);
            assert!(name.len() < 100 && name.starts_with("named."), "{name}");
            assert!(!name.contains('/') && name.is_ascii() && !name.contains('\0'), "{name}");
        }
        assert_eq!(folder_of_namespace("shop-prod"), "named.shop-prod");
        assert_ne!(folder_of_namespace("shop/prod"), folder_of_namespace("shop_prod"));
        assert_ne!(folder_of_namespace(&"x".repeat(40)), folder_of_namespace(&"x".repeat(41)));
    }

    #[test]
    fn names_and_keys_that_read_alike_have_files_of_their_own() {
        let name = |name, key| record_name(&Id::new(name, key).unwrap());
        let alike = [
            name("svc/eu", Some("80")),
            name("svc", Some("eu/80")),
            name("svc/eu/80", None),
            name("svc/eu/80", Some("")),
        ];
        let different: std::collections::HashSet<_> = alike.iter().collect();
        assert_eq!(different.len(), alike.len());
        assert!(alike[0].starts_with("svc_eu-"), "{}", alike[0]);
        // Every version must give this name: processes of several versions meet in the file.
        assert_eq!(name("llm", None), "llm-2678050255a81d75a9538519c8490a39.v1");
    }
}
